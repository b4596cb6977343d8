/**
 * A reason not to start that a person can act on. The message is one clear line without a stack;
 * `runService` prints it and exits with 1.
 */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

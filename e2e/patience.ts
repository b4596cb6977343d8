/**
 * How long tests wait for a process to start, to say something or to end. Only what hangs takes so
 * long: a busy machine is no fault, and some stand still for a minute.
 */
export const PROCESS_PATIENCE_MS = 180_000;

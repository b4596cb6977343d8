import type { FastifyInstance } from 'fastify';

/**
 * A plugin that works on the scope that registers it instead of a scope of its own: what
 * fastify-plugin does, in one line.
 */
export function unencapsulated(
  plugin: (scope: FastifyInstance) => void,
): (scope: FastifyInstance, options: unknown, done: () => void) => void {
  const wrapped = (scope: FastifyInstance, _options: unknown, done: () => void): void => {
    plugin(scope);
    done();
  };
  return Object.assign(wrapped, { [Symbol.for('skip-override')]: true });
}

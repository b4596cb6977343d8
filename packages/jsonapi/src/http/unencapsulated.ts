import type { FastifyInstance } from 'fastify';

/**
 * A plugin that works on the scope that registers it instead of a scope of its own: what
 * fastify-plugin does, in one line.
 */
export function unencapsulated<Options>(
  plugin: (scope: FastifyInstance, options: Options) => void | Promise<void>,
): (scope: FastifyInstance, options: Options) => Promise<void> {
  const wrapped = async (scope: FastifyInstance, options: Options): Promise<void> =>
    plugin(scope, options);
  return Object.assign(wrapped, { [Symbol.for('skip-override')]: true });
}

import type { FastifyInstance } from 'fastify';

/**
 * A plugin that works on the app that registers it instead of an app of its own: what
 * fastify-plugin does, in one line.
 */
export function unencapsulated<Options>(
  plugin: (app: FastifyInstance, options: Options) => void | Promise<void>,
): (app: FastifyInstance, options: Options) => Promise<void> {
  const wrapped = async (app: FastifyInstance, options: Options): Promise<void> =>
    plugin(app, options);
  return Object.assign(wrapped, { [Symbol.for('skip-override')]: true });
}

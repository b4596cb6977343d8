import { setup as buildServices } from '../tools/test/build.ts';
import { buildWebApp } from '../tools/build-web-app.ts';

/**
 * Builds everything once, before the tests that start it, so that copies of the project have it.
 */
export async function setup(): Promise<void> {
  await buildServices();
  await buildWebApp(() => console.log('Building the web app…'));
}

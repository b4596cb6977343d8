import { buildServices } from '../tools/build-services.ts';
import { buildWebApp } from '../tools/build-web-app.ts';

/**
 * Builds everything once, before the tests that start it, so that copies of the project have it.
 */
export async function setup(): Promise<void> {
  await buildServices(() => console.log('Building the services…'));
  await buildWebApp(() => console.log('Building the web app…'));
}

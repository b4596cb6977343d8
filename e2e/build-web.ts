import { buildWebApp } from '../tools/build-web-app.ts';

/**
 * Builds the web app once, before the tests that start everything, so that copies of the project
 * have it.
 */
export async function setup(): Promise<void> {
  await buildWebApp(() => console.log('Building the web app…'));
}

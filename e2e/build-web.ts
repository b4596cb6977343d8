import { buildWebApp } from '../tools/build-web-app.ts';

/**
 * Once before the tests that start everything: copies of the project then have a web app that is
 * built already.
 */
export async function setup(): Promise<void> {
  await buildWebApp(() => console.log('Building the web app…'));
}

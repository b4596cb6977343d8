import { buildServices } from '../build-services.ts';

/** Builds the services once, before the tests that start one as a process. */
export async function setup(): Promise<void> {
  await buildServices(() => console.log('Building the services…'));
}

import { StartupError } from '@anaquel/runtime';
import { buildServices } from './build-services.ts';
import { buildWebApp } from './build-web-app.ts';

const SAYS_OF_SERVICES = {
  absent: 'This is a release: its services are built.',
  fresh: 'The services are up to date.',
  built: 'The services are in dist.',
} as const;

const SAYS_OF_WEB_APP = {
  absent: 'There is no web app to build.',
  fresh: 'The web app is up to date.',
  built: 'The web app is in web/dist.',
} as const;

try {
  const services = await buildServices(() => console.log('Building the services…'));
  console.log(SAYS_OF_SERVICES[services]);
  console.log(SAYS_OF_WEB_APP[await buildWebApp(() => console.log('Building the web app…'))]);
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}

import { StartupError } from '@anaquel/runtime';
import { buildWebApp } from './build-web-app.ts';

const SAYS = {
  absent: 'There is no web app to build.',
  fresh: 'The web app is up to date.',
  built: 'The web app is in web/dist.',
} as const;

try {
  console.log(SAYS[await buildWebApp(() => console.log('Building the web app…'))]);
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}

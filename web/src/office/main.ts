import { startApp } from '../start-app.ts';
import OfficeApp from './OfficeApp.vue';
import { router } from './router.ts';

void startApp(OfficeApp, router, 'office');

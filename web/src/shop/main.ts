import { startApp } from '../start-app.ts';
import { router } from './router.ts';
import ShopApp from './ShopApp.vue';

void startApp(ShopApp, router, 'shop');

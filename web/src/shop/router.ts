import { createAppRouter } from '../app-router.ts';
import CataloguePage from './pages/CataloguePage.vue';

export const router = createAppRouter('shop', [
  { path: '/', name: 'catalogue', component: CataloguePage },
  {
    path: '/products/:id',
    name: 'product',
    component: () => import('./pages/ProductPage.vue'),
    props: true,
  },
  { path: '/basket', name: 'basket', component: () => import('./pages/BasketPage.vue') },
  { path: '/checkout', name: 'checkout', component: () => import('./pages/CheckoutPage.vue') },
  { path: '/purchases', name: 'purchases', component: () => import('./pages/PurchasesPage.vue') },
  {
    path: '/purchases/:id',
    name: 'purchase',
    component: () => import('./pages/PurchasePage.vue'),
    props: true,
  },
]);

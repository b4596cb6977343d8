import type { Component } from 'vue';
import { createRouter, createWebHistory } from 'vue-router';
import CataloguePage from './pages/CataloguePage.vue';
import { i18n, useTextsOf } from './i18n/index.ts';
import { useSession } from './stores/session.ts';
import { useToasts } from './stores/toasts.ts';

declare module 'vue-router' {
  interface RouteMeta {
    /** Only for those who have signed in. */
    operator?: boolean;
  }
}

export const router = createRouter({
  history: createWebHistory(),
  routes: [
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
    { path: '/sign-in', name: 'sign-in', component: () => import('./pages/SignInPage.vue') },
    { path: '/activity', name: 'activity', component: () => import('./pages/ActivityPage.vue') },
    { path: '/status', name: 'status', component: () => import('./pages/StatusPage.vue') },
    {
      path: '/manage',
      component: () => import('./pages/manage/ManageLayout.vue'),
      meta: { operator: true },
      children: [
        {
          path: '',
          name: 'manage',
          component: () => import('./pages/manage/OverviewPage.vue'),
        },
        {
          path: 'products',
          name: 'manage-products',
          component: () => import('./pages/manage/ProductsPage.vue'),
        },
        {
          path: 'products/:id',
          name: 'manage-product',
          component: () => import('./pages/manage/StockPage.vue'),
          props: true,
        },
        {
          path: 'low-stock',
          name: 'manage-low-stock',
          component: () => import('./pages/manage/LowStockPage.vue'),
        },
        {
          path: 'purchases',
          name: 'manage-purchases',
          component: () => import('./pages/manage/SalesPage.vue'),
        },
        {
          path: 'purchases/:id',
          name: 'manage-purchase',
          component: () => import('./pages/manage/SalePage.vue'),
          props: true,
        },
        {
          path: 'reservations',
          name: 'manage-reservations',
          component: () => import('./pages/manage/ReservationsPage.vue'),
        },
        {
          path: 'receive',
          name: 'manage-receive',
          component: withTexts('shelf', () => import('./pages/manage/ReceivePage.vue')),
        },
        {
          path: 'receive/:id',
          name: 'manage-consignment',
          component: withTexts('shelf', () => import('./pages/manage/ConsignmentPage.vue')),
          props: true,
        },
        {
          path: 'reorder',
          name: 'manage-reorder',
          component: withTexts('shelf', () => import('./pages/manage/ReorderPage.vue')),
        },
        {
          path: 'import',
          name: 'manage-import',
          component: withTexts('import', () => import('./pages/manage/ImportPage.vue')),
        },
        {
          path: 'webhooks',
          name: 'manage-webhooks',
          component: withTexts('webhooks', () => import('./pages/manage/WebhooksPage.vue')),
        },
        {
          path: 'webhooks/:of(stock|catalogue)/:id',
          name: 'manage-webhook',
          component: withTexts('webhooks', () => import('./pages/manage/WebhookPage.vue')),
          props: true,
        },
      ],
    },
    {
      path: '/:rest(.*)*',
      name: 'not-found',
      component: () => import('./pages/NotFoundPage.vue'),
    },
  ],
  scrollBehavior(to, from, saved) {
    if (saved) return saved;
    return to.path === from.path ? undefined : { top: 0 };
  },
});

/** A page that brings texts of its own. */
function withTexts(part: Parameters<typeof useTextsOf>[0], load: () => Promise<Component>) {
  return async () => (await Promise.all([load(), useTextsOf(part)]))[0];
}

router.beforeEach(async (to) => {
  if (!to.meta.operator) return true;
  const session = useSession();
  await session.settle();
  if (session.isOperator) return true;
  return { name: 'sign-in', query: { next: to.fullPath }, replace: true };
});

/**
 * After a deployment the files of the page before may be gone: the new ones are one load away, if
 * anyone answers.
 */
router.onError(async (error: unknown, to) => {
  const isMissingFile = error instanceof TypeError && /import/i.test(error.message);
  if (!isMissingFile) return;
  if (await isReachable()) location.assign(to.fullPath);
  else useToasts().show('error', i18n.global.t('app.notLoaded'));
});

async function isReachable(): Promise<boolean> {
  try {
    return (await fetch('/favicon.svg', { method: 'HEAD', cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

import type { RouteRecordRaw } from 'vue-router';
import { createAppRouter, withTexts } from '../app-router.ts';
import { useSession } from '../stores/session.ts';
import { officePages } from './office-pages.ts';

declare module 'vue-router' {
  interface RouteMeta {
    /** Only for those who have signed in. */
    operator?: boolean;
  }
}

const meta = { operator: true };

/** What the navigation leads to. */
const pages: RouteRecordRaw[] = officePages.flat().map(({ path, name, load, texts }) => ({
  path,
  name,
  meta,
  component: texts === undefined ? load : withTexts(texts, load),
}));

/** Pages of one thing each, which lists lead to. */
const details: RouteRecordRaw[] = [
  {
    path: '/manage/products/:id',
    name: 'manage-product',
    component: () => import('./pages/StockPage.vue'),
    props: true,
    meta,
  },
  {
    path: '/manage/sales/:id',
    name: 'manage-sale',
    component: () => import('./pages/SalePage.vue'),
    props: true,
    meta,
  },
  {
    path: '/manage/receive/:id',
    name: 'manage-consignment',
    component: withTexts('shelf', () => import('./pages/ConsignmentPage.vue')),
    props: true,
    meta,
  },
  {
    path: '/manage/labels',
    name: 'manage-labels',
    component: withTexts('shelf', () => import('./pages/LabelsPage.vue')),
    meta,
  },
  {
    path: '/manage/webhooks/:of(stock|catalogue)/:id',
    name: 'manage-webhook',
    component: withTexts('webhooks', () => import('./pages/WebhookPage.vue')),
    props: true,
    meta,
  },
];

/** As it was before there was an office. */
const moved: RouteRecordRaw[] = [
  { path: '/manage/purchases', redirect: ({ query }) => ({ path: '/manage/sales', query }) },
  { path: '/manage/purchases/:id', redirect: ({ params }) => ({ name: 'manage-sale', params }) },
];

export const router = createAppRouter('office', [
  ...pages,
  ...details,
  ...moved,
  {
    path: '/manage/sign-in',
    name: 'sign-in',
    component: () => import('./pages/SignInPage.vue'),
  },
]);

router.beforeEach(async (to) => {
  if (!to.meta.operator) return true;
  const session = useSession();
  await session.settle();
  if (session.isOperator) return true;
  return { name: 'sign-in', query: { next: to.fullPath }, replace: true };
});

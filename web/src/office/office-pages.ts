import {
  ActivityIcon,
  ArrowLeftRightIcon,
  ClipboardListIcon,
  HeartPulseIcon,
  HourglassIcon,
  LayoutDashboardIcon,
  PackageIcon,
  PackagePlusIcon,
  ReceiptTextIcon,
  ShoppingCartIcon,
  TrendingDownIcon,
  WebhookIcon,
} from '@lucide/vue';
import type { Component } from 'vue';
import type { TextPart } from '../i18n/index.ts';

export interface OfficePage {
  readonly path: string;
  /** Of its route. */
  readonly name: string;
  /** What it is called: the key of a text. */
  readonly text: string;
  readonly icon: Component;
  readonly load: () => Promise<{ default: Component }>;
  /** Texts that only it has. */
  readonly texts?: TextPart;
  /** On a phone it stands in the bar at the bottom too, which has room for three. */
  readonly isOnBar?: boolean;
}

/**
 * The pages that the office's navigation, its command palette and its router know, in groups. A new
 * page is one entry here.
 */
export const officePages: readonly (readonly OfficePage[])[] = [
  [
    {
      path: '/manage',
      name: 'manage',
      text: 'manage.overview',
      icon: LayoutDashboardIcon,
      load: () => import('./pages/OverviewPage.vue'),
      isOnBar: true,
    },
    {
      path: '/manage/sales',
      name: 'manage-sales',
      text: 'manage.sales',
      icon: ReceiptTextIcon,
      load: () => import('./pages/SalesPage.vue'),
      isOnBar: true,
    },
    {
      path: '/manage/reservations',
      name: 'manage-reservations',
      text: 'manage.reservations',
      icon: HourglassIcon,
      load: () => import('./pages/ReservationsPage.vue'),
    },
  ],
  [
    {
      path: '/manage/products',
      name: 'manage-products',
      text: 'manage.products',
      icon: PackageIcon,
      load: () => import('./pages/ProductsPage.vue'),
      isOnBar: true,
    },
    {
      path: '/manage/low-stock',
      name: 'manage-low-stock',
      text: 'manage.lowStock',
      icon: TrendingDownIcon,
      load: () => import('./pages/LowStockPage.vue'),
    },
    {
      path: '/manage/receive',
      name: 'manage-receive',
      text: 'manage.receive',
      icon: PackagePlusIcon,
      load: () => import('./pages/ReceivePage.vue'),
      texts: 'shelf',
    },
    {
      path: '/manage/count',
      name: 'manage-count',
      text: 'manage.count',
      icon: ClipboardListIcon,
      load: () => import('./pages/CountPage.vue'),
      texts: 'shelf',
    },
    {
      path: '/manage/reorder',
      name: 'manage-reorder',
      text: 'manage.reorder',
      icon: ShoppingCartIcon,
      load: () => import('./pages/ReorderPage.vue'),
      texts: 'shelf',
    },
    {
      path: '/manage/import',
      name: 'manage-import',
      text: 'manage.import',
      icon: ArrowLeftRightIcon,
      load: () => import('./pages/ImportPage.vue'),
      texts: 'import',
    },
  ],
  [
    {
      path: '/manage/activity',
      name: 'manage-activity',
      text: 'nav.activity',
      icon: ActivityIcon,
      load: () => import('./pages/ActivityPage.vue'),
    },
    {
      path: '/manage/webhooks',
      name: 'manage-webhooks',
      text: 'manage.webhooks',
      icon: WebhookIcon,
      load: () => import('./pages/WebhooksPage.vue'),
      texts: 'webhooks',
    },
    {
      path: '/manage/status',
      name: 'manage-status',
      text: 'nav.status',
      icon: HeartPulseIcon,
      load: () => import('./pages/StatusPage.vue'),
    },
  ],
];

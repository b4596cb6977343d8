import type { Component } from 'vue';
import { createRouter, createWebHistory, type Router, type RouteRecordRaw } from 'vue-router';
import { i18n, useTextsOf, type TextPart } from './i18n/index.ts';
import { isOfficePath } from './office-path.ts';
import { useToasts } from './stores/toasts.ts';

type Load = () => Promise<{ default: Component }>;

/** A page that brings texts of its own. */
export function withTexts(part: TextPart, load: Load): () => Promise<{ default: Component }> {
  return async () => (await Promise.all([load(), useTextsOf(part)]))[0];
}

/** The router of the shop or the office. What is an address of the other one is loaded anew. */
export function createAppRouter(app: 'shop' | 'office', routes: readonly RouteRecordRaw[]): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      ...routes,
      {
        path: '/:rest(.*)*',
        name: 'not-found',
        component: () => import('./components/NotFoundPage.vue'),
      },
    ],
    scrollBehavior(to, from, saved) {
      if (saved) return saved;
      return to.path === from.path ? undefined : { top: 0 };
    },
  });

  router.beforeEach((to) => {
    const isOwn = isOfficePath(to.path) === (app === 'office');
    // This page is what the gateway serves there.
    if (isOwn || to.path === location.pathname) return true;
    location.assign(to.fullPath);
    return false;
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
  return router;
}

async function isReachable(): Promise<boolean> {
  try {
    return (await fetch('/favicon.svg', { method: 'HEAD', cache: 'no-store' })).ok;
  } catch {
    return false;
  }
}

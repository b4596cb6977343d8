import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';

/** Browser contexts of the visitors of one shop, each used by one after the other. */
export interface ContextPool {
  /** A context that nobody uses, without cookies and storage. */
  take(options: BrowserContextOptions): Promise<PooledContext>;
  close(): Promise<void>;
}

export interface PooledContext {
  readonly context: BrowserContext;
  /** Ends all that goes on in it, and clears it for the next visitor. */
  giveBack(): Promise<void>;
}

/** Chromium never closes a page that navigates at the same moment. Its context it does. */
const CLOSES_WITHIN_MS = 3_000;

/**
 * To load and compile the web app in a new context is most of the work of a visit. So a context
 * goes to the next visitor who wants one with the same options, with the cached files, and with an
 * idle page that keeps alive the process in which the app is compiled.
 */
export function createContextPool(browser: Browser, origin: string): ContextPool {
  const all: BrowserContext[] = [];
  const free = new Map<string, PooledContext[]>();

  async function create(options: BrowserContextOptions, kind: string): Promise<PooledContext> {
    const context = await browser.newContext(options);
    all.push(context);
    const idlePage = await context.newPage();
    // Of the same origin: only then is it of the same process, and may clear the storage.
    await idlePage.goto(`${origin}/health/live`);
    const pooled = {
      context,
      async giveBack() {
        if (!(await endPages(context, idlePage))) return context.close();
        await context.setOffline(false);
        await context.clearCookies();
        await idlePage.evaluate('localStorage.clear()');
        free.set(kind, [...(free.get(kind) ?? []), pooled]);
      },
    };
    return pooled;
  }

  return {
    async take(options) {
      const kind = JSON.stringify(options);
      return free.get(kind)?.pop() ?? create(options, kind);
    },
    async close() {
      await Promise.all(all.map((context) => context.close()));
    },
  };
}

/** Closes all pages but the idle one, and says whether it could. */
async function endPages(context: BrowserContext, idlePage: Page): Promise<boolean> {
  const pages = context.pages().filter((page) => page !== idlePage);
  // What a test does with requests may be under way still, and has nothing to say any more.
  for (const routed of [context, ...pages]) await routed.unrouteAll({ behavior: 'ignoreErrors' });
  const closing = Promise.all(pages.map((page) => page.close())).then(() => true);
  return Promise.race([closing, sleep(CLOSES_WITHIN_MS, false)]);
}

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { purchaseCall, resourceIn } from '../stocked-shop.ts';
import { patienceMs, settle } from './browser.ts';
import type { WebShop } from './browser.ts';

// All pages of the web app, and what may be wrong with how one looks.

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);
/** Long, as addresses of endpoints are. Nobody listens there. */
const UNREACHED = `http://127.0.0.1:9/hooks/anaquel/${'events'.repeat(20)}?tenant=42`;
export const DESKTOP = { width: 1440, height: 900 };
export const PHONE = { width: 360, height: 740 };

export interface PagePaths {
  readonly shopper: readonly string[];
  readonly operator: readonly string[];
  /** That of a webhook, one of the operator's. */
  readonly webhook: string;
}

/** Lets a shop have what its pages show, and returns their paths. */
export async function fillPages({ services }: WebShop): Promise<PagePaths> {
  const headers = { 'content-type': 'application/vnd.api+json', 'idempotency-key': 'receipt' };
  const post = async (path: string, data: object) =>
    resourceIn(await services.call('inventory', { method: 'POST', path, headers, body: { data } }))
      .id;
  const sale = purchaseCall([{ productId: '1', quantity: 2 }], 'sale');
  const saleId = resourceIn(await services.call('inventory', sale)).id;
  const webhookId = await post('/api/v1/stock-webhooks', {
    type: 'stock-webhooks',
    attributes: { url: UNREACHED, eventTypes: ['stock.low'] },
  });
  const receiptId = await post('/api/v1/stock-movements', {
    type: 'stock-movements',
    attributes: { kind: 'receipt', quantity: 3, reason: 'Gómez · 4711' },
    relationships: { product: { data: { type: 'products', id: '1' } } },
  });
  const webhook = `/manage/webhooks/stock/${webhookId}`;
  return {
    webhook,
    shopper: [
      '/',
      '/?search=no-such-thing',
      '/products/1',
      '/products/999999',
      '/basket',
      '/checkout',
      '/purchases',
      '/manage/sign-in',
      '/no/such/page',
    ],
    operator: [
      '/manage',
      '/manage/products',
      '/manage/products/1?range=week',
      '/manage/low-stock',
      '/manage/reorder',
      '/manage/count',
      '/manage/receive',
      `/manage/receive/${receiptId}`,
      '/manage/sales?range=week&product=1',
      `/manage/sales/${saleId}`,
      '/manage/reservations',
      '/manage/labels?product=1',
      '/manage/import',
      '/manage/webhooks',
      webhook,
      '/manage/activity',
      '/manage/status',
      '/manage/no/such/page',
    ],
  };
}
interface Violation {
  readonly id: string;
  readonly nodes: { readonly html: string; readonly failureSummary: string }[];
}

/** The rules that depend on light and dark. All others are checked once, in the light theme. */
const RULES_OF_COLOUR = ['color-contrast', 'link-in-text-block'];

/**
 * What axe finds in a part of the current page, in the light theme and then in the
 * dark one.
 */
export async function violationsOf(
  page: Page,
  part: 'html' | '[role=dialog]' = 'html',
): Promise<string[]> {
  await page.evaluate(axeSource);
  const light = await violationsIn(page, part, {});
  await turnTheme(page, 'dark');
  const dark = await violationsIn(page, part, { runOnly: RULES_OF_COLOUR });
  await turnTheme(page, 'light');
  return [...light, ...dark.map((finding) => `dark: ${finding}`)];
}

/** All that axe finds in the page as it is. */
export async function axeFindings(page: Page): Promise<string[]> {
  await page.evaluate(axeSource);
  return violationsIn(page, 'html', {});
}

async function violationsIn(page: Page, part: string, rules: object): Promise<string[]> {
  // Nobody reads the selectors of what is found.
  const options = JSON.stringify({ resultTypes: ['violations'], selectors: false, ...rules });
  const { violations } = await page.evaluate<{ violations: Violation[] }>(
    `axe.run(${JSON.stringify(part)}, ${options})`,
  );
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
}

/** As a system does at nightfall, while the page is open. */
export async function turnTheme(page: Page, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  await page.locator(`html.${colorScheme}`).waitFor();
  await settle(page);
}

/** By how many pixels the page is wider than each screen that it doesn't fit. */
export async function tooWide(page: Page): Promise<string[]> {
  const overflows: string[] = [];
  for (const size of [PHONE, DESKTOP]) {
    await page.setViewportSize(size);
    // A chart is drawn anew after the page has its new size: what counts is how it ends.
    const over = await page.evaluate<number>(`(async () => {
      const root = document.documentElement;
      const deadline = performance.now() + ${patienceMs};
      while (root.scrollWidth > root.clientWidth && performance.now() < deadline)
        await new Promise(requestAnimationFrame);
      return root.scrollWidth - root.clientWidth;
    })()`);
    if (over > 0) overflows.push(`${over} px too wide at ${size.width} px`);
  }
  return overflows;
}

/** What a thumb would miss on a phone: all that can be touched and is less than 44 px. */
export async function tooSmall(page: Page): Promise<string[]> {
  await page.setViewportSize(PHONE);
  // A page takes its new size in steps: what counts is how it ends.
  return page.evaluate<string[]>(`(async () => {
    while (innerWidth !== ${PHONE.width}) await new Promise(requestAnimationFrame);
    const deadline = performance.now() + ${patienceMs};
    let small = missedBy44px();
    while (small.length > 0 && performance.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      small = missedBy44px();
    }
    return small;
    ${missedBy44px}
  })()`);
}

/** Runs in the page. */
const missedBy44px = `function missedBy44px() {
  // Points are rounded to whole pixels.
  const reach = 21;
  const controls = document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [role=menuitem]',
  );
  const isText = (one) => one.nodeType === Node.TEXT_NODE && one.data.trim() !== '';
  return [...controls].flatMap((one) => {
    if (!one.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return [];
    // What only a reader of screens meets, and a link in a sentence.
    if (one.closest('.sr-only') || one.disabled) return [];
    const { display } = getComputedStyle(one);
    if (display === 'inline' && [...one.parentElement.childNodes].some(isText)) return [];
    one.scrollIntoView({ block: 'center', behavior: 'instant' });
    const [label] = ['checkbox', 'radio'].includes(one.type) ? one.labels : [];
    const { left, top, width, height } = (label ?? one).getBoundingClientRect();
    // What comes into view with the focus alone.
    if (top + height < 0) return [];
    const [x, y] = [left + width / 2, top + height / 2];
    const owners = [one, ...(one.labels ?? [])];
    const metAt = ([dx, dy]) => document.elementFromPoint(x + dx, y + dy);
    const missed = [[0, -reach], [0, reach], [-reach, 0], [reach, 0]]
      .map(metAt)
      .find((met) => !owners.some((owner) => owner.contains(met)));
    if (missed === undefined) return [];
    const [what, instead] = [one, missed].map((some) => some?.outerHTML.slice(0, 200));
    return [width.toFixed() + ' × ' + height.toFixed() + ' px: ' + what + ' beside ' + instead];
  });
}`;

/** Texts of fields and buttons that are cut on a phone. */
export async function cutTexts(page: Page): Promise<string[]> {
  await page.setViewportSize(PHONE);
  return page.evaluate<string[]>(`(() => {
    const pen = document.createElement('canvas').getContext('2d');
    const textOf = (one) => one.placeholder || one.selectedOptions?.[0]?.text || '';
    const isCut = (one) => {
      if (textOf(one) === '') return one.scrollWidth > one.clientWidth;
      const style = getComputedStyle(one);
      pen.font = [style.fontWeight, style.fontSize, style.fontFamily].join(' ');
      const room = one.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
      return pen.measureText(textOf(one)).width > room;
    };
    return [...document.querySelectorAll('[placeholder], select, .ui-button > span')]
      .filter((one) => one.checkVisibility() && isCut(one))
      .map((one) => 'cut: ' + (textOf(one) || one.textContent));
  })()`);
}

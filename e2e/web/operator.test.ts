import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatewaySecrets } from '../services.ts';
import { onHandOf, purchaseCall, resourceIn } from '../stocked-shop.ts';
import {
  browserPath,
  expectFocused,
  expectGone,
  expectPassing,
  expectShown,
  expectText,
  openShop,
  setStock,
  signIn,
  waitForAnswers,
} from './browser.ts';
import type { WebShop } from './browser.ts';

let shop: WebShop;

describe.skipIf(!browserPath)('an operator', () => {
  beforeAll(async () => {
    shop = await openShop();
  });
  afterAll(() => shop?.close());

  test('is asked for the password, told when it is wrong, and led to the requested page', async () => {
    const { page } = await shop.open('/manage/products/7');
    await expectShown(page.getByRole('heading', { level: 1, name: 'Sign in' }));
    await signIn(page, 'not-the-password');
    await expectText(page, 'That is not the password');
    await signIn(page, gatewaySecrets.OPERATOR_PASSWORD);
    await page.waitForURL('**/manage/products/7');
    await expectShown(page.getByRole('button', { name: 'Receive' }));
    await page.reload();
    await expectShown(page.getByRole('button', { name: 'Receive' }));
    await expectPassing(page, 'You are signed out.', () =>
      page.getByRole('button', { name: 'Sign out' }).click(),
    );
    await page.goto(`${shop.origin}/manage`);
    await expectShown(page.getByRole('heading', { level: 1, name: 'Sign in' }));
  });

  test("receives a delivery, which shows in the figures, the movements and a shopper's window", async () => {
    const before = Number(await onHandOf(shop.services, '7'));
    const shopper = await shop.open('/products/7');
    const { page } = await shop.open('/manage/products/7', { operator: true });
    await page.getByRole('button', { name: 'Receive' }).click();
    const form = page.getByRole('dialog', { name: 'Receive stock' });
    // As a person types: into the focused field, over its content.
    await expectShown(form.getByText('On hand').first());
    await expectFocused(form.getByRole('textbox', { name: 'Units' }));
    await page.keyboard.type('25');
    const change = `${before} → ${before + 25}`;
    await expectShown(form.getByTestId('before-after').filter({ hasText: change }));
    await form.getByRole('textbox', { name: 'Reason' }).fill('Delivery 4711');
    await form.getByRole('button', { name: 'Receive' }).click();
    await expectGone(form);
    await expectShown(page.getByRole('row', { name: /Goods receipt.*Delivery 4711/ }));
    await expectText(page, new RegExp(`^${before + 25}$`));
    await expectText(shopper.page, `${before + 25} in stock`);
    expect(await onHandOf(shop.services, '7')).toBe(before + 25);
  });

  test('changes the stock of an untracked product with a reason, or not at all', async () => {
    const answer = await shop.services.call('products', {
      method: 'POST',
      path: '/api/v1/products',
      headers: { 'content-type': 'application/vnd.api+json' },
      body: { data: { type: 'products', attributes: { name: 'Tin Box', price: 4 } } },
    });
    const { id } = resourceIn(answer);
    const { page } = await shop.open(`/manage/products/${id}`, { operator: true });
    await page.getByRole('button', { name: 'Adjust' }).click();
    const form = page.getByRole('dialog', { name: 'Adjust stock' });
    await form.getByText('Add', { exact: true }).click();
    await form.getByRole('textbox', { name: 'Reason' }).fill('Found in the cellar');
    // Enter saves nothing before the form knows the stock.
    await expectShown(form.getByText('is not tracked yet'));
    for (const wrong of ['-5', '1.5', '0', '']) {
      await form.getByRole('textbox', { name: 'Units' }).fill(wrong);
      await form.getByRole('textbox', { name: 'Units' }).press('Enter');
      await expectText(page, 'Give a whole number of 1 or more');
    }
    await form.getByRole('textbox', { name: 'Units' }).fill('5');
    await form.getByRole('button', { name: 'Adjust' }).click();
    await expectGone(form);
    await expectShown(page.getByRole('row', { name: /Adjustment.*Found in the cellar/ }));
    expect(await onHandOf(shop.services, id)).toBe(5);
  });

  test('loses no input by Escape, a link or going back without confirming it', async () => {
    const { page } = await shop.open('/manage/products', { operator: true });
    await page.getByRole('row').nth(1).getByRole('link').click();
    const form = page.getByRole('dialog', { name: 'Adjust stock' });
    const question = page.getByText('Discard what you typed?');
    await page.getByRole('button', { name: 'Adjust' }).click();
    await expectShown(form);
    await page.keyboard.press('Escape');
    await expectGone(form);

    await page.getByRole('button', { name: 'Adjust' }).click();
    const reason = form.getByRole('textbox', { name: 'Reason' });
    await reason.fill('Broken in the window');
    for (const leave of [
      () => page.keyboard.press('Escape'),
      () => page.mouse.click(5, 5),
      () => form.getByRole('button', { name: 'Cancel' }).click(),
      () => page.evaluate('history.back()'),
    ]) {
      await leave();
      await expectShown(question);
      await page.getByRole('button', { name: 'Keep editing' }).click();
      await expectGone(question);
      expect(await reason.inputValue()).toBe('Broken in the window');
    }
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Discard' }).click();
    await expectGone(form);

    // What is typed before the form has read the stock counts too.
    await waitForAnswers(page);
    const typed = Promise.withResolvers<void>();
    await page.route(/inventories\/\d+$/, async (route) => {
      await typed.promise;
      await route.continue();
    });
    await page.getByRole('button', { name: 'Adjust' }).click();
    await reason.fill('Broken before it was counted');
    typed.resolve();
    await expectShown(form.getByText('Reserved'));
    await page.keyboard.press('Escape');
    await expectShown(question);
    await page.getByRole('button', { name: 'Discard' }).click();
    await expectGone(form);
  });

  test('adjusts stock down only with a reason', async () => {
    const before = Number(await onHandOf(shop.services, '8'));
    const { page } = await shop.open('/manage/products/8', { operator: true });
    await page.getByRole('button', { name: 'Adjust' }).click();
    const form = page.getByRole('dialog', { name: 'Adjust stock' });
    await form.getByRole('textbox', { name: 'Units' }).fill('2');
    await form.getByRole('button', { name: 'Adjust' }).click();
    await expectText(page, 'Give a reason: the ledger records it');
    expect(await onHandOf(shop.services, '8')).toBe(before);
    await form.getByRole('textbox', { name: 'Reason' }).fill('Broken in the window');
    await form.getByRole('button', { name: 'Adjust' }).click();
    await expectGone(form);
    expect(await onHandOf(shop.services, '8')).toBe(before - 2);
  });

  test("who counts at the same time as another sees the other's count, and overwrites it only by choice", async () => {
    const { page } = await shop.open('/manage/products/9', { operator: true });
    const count = async (units: number) => {
      await page.getByRole('button', { name: 'Count', exact: true }).click();
      const form = page.getByRole('dialog', { name: 'Count stock' });
      await expectText(page, 'On hand');
      await expectShown(form.getByText('Reserved'));
      return {
        form,
        save: async () => {
          await form.getByLabel('Units counted').fill(String(units));
          await form.getByRole('button', { name: 'Save count' }).click();
        },
      };
    };
    const first = await count(40);
    await setStock(shop, '9', 55);
    await first.save();
    await expectShown(first.form.getByText('The stock has changed since you began'));
    await expectShown(first.form.getByText('55', { exact: true }));
    await expectShown(first.form.getByText('40', { exact: true }));
    expect(await onHandOf(shop.services, '9')).toBe(55);
    await first.form.getByRole('button', { name: 'Leave it as it is' }).click();
    await expectGone(first.form);
    expect(await onHandOf(shop.services, '9')).toBe(55);

    const second = await count(41);
    await setStock(shop, '9', 56);
    await second.save();
    await second.form.getByRole('button', { name: 'Save my count' }).click();
    await expectGone(second.form);
    expect(await onHandOf(shop.services, '9')).toBe(41);

    // Units sold since the count are subtracted from it.
    const third = await count(39);
    const sale = purchaseCall([{ productId: '9', quantity: 1 }], 'while-counting');
    expect((await shop.services.call('inventory', sale)).status).toBe(201);
    await third.save();
    await expectShown(third.form.getByText('1 sold since you began'));
    expect(await onHandOf(shop.services, '9')).toBe(40);
    await third.form.getByRole('button', { name: 'Save 38' }).click();
    await expectGone(third.form);
    expect(await onHandOf(shop.services, '9')).toBe(38);
  });

  test('creates, edits and archives a product, and the shop follows', async () => {
    const { page } = await shop.open('/manage/products', { operator: true });
    await page.getByRole('button', { name: 'New product' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('Name').fill('Brass Bell');
    await form.getByLabel('SKU').fill('BELL-1');
    await form.getByLabel('Price').fill('12.5');
    await expectPassing(page, 'Brass Bell was saved', () =>
      form.getByRole('button', { name: 'Save' }).click(),
    );
    const shopper = await shop.open('/?search=brass%20bell');
    await expectShown(shopper.page.getByText('$12.50'));
    const search = page.getByRole('searchbox', { name: 'Name, SKU or tag' });
    // The menu leads to the unfiltered list, with an empty search box; `?new=1` opens the form
    // once.
    await search.fill('BELL-1');
    await expectText(page, /^1 product$/);
    await page.getByRole('link', { name: 'Products' }).first().click();
    await expect.poll(() => search.inputValue()).toBe('');
    await page.goto(`${shop.origin}/manage/products?new=1`);
    await expectShown(form);
    await expect.poll(() => new URL(page.url()).search).toBe('');
    await page.keyboard.press('Escape');
    await expectGone(form);
    await search.fill('BELL-1');
    const actions = page.getByRole('button', { name: 'Actions for Brass Bell' });
    await actions.click();
    await page.getByRole('menuitem', { name: 'Edit' }).click();
    await expectShown(form);
    await page.keyboard.press('Escape');
    await expectGone(form);
    // The focus is back on the button of the menu: a key opens it again.
    await expectFocused(actions);
    await page.keyboard.press('Enter');
    await expectPassing(page, 'Brass Bell is archived', () =>
      page.getByRole('menuitem', { name: 'Archive' }).click(),
    );
    await shopper.page.reload();
    await expectText(shopper.page, 'Nothing matches');
  });

  test('creates a product once although the answer was lost', async () => {
    const { page } = await shop.open('/manage/products', { operator: true });
    const loseAnswers = () =>
      page.route('**/api/v1/products*', async (route) => {
        if (route.request().method() === 'GET') return route.continue();
        await route.fetch();
        return route.abort();
      });
    const form = page.getByRole('dialog');
    const save = form.getByRole('button', { name: 'Save' });
    await page.getByRole('button', { name: 'New product' }).click();
    await form.getByLabel('Name').fill('Copper Lantern');
    await form.getByLabel('Price').fill('31');
    await loseAnswers();
    await save.click();
    await expectText(page, 'We don’t know whether it was done');
    await page.unrouteAll();
    await expectPassing(page, 'Copper Lantern was saved', () => save.click());
    const path = '/api/v1/products?filter[search]=copper%20lantern';
    const { meta } = JSON.parse((await shop.services.call('products', { path })).text) as {
      meta: { total: number };
    };
    expect(meta.total).toBe(1);
  });

  test('is shown kinds and statuses that this release does not know as they are', async () => {
    const { page } = await shop.open('', { operator: true });
    const renamed = { receipt: 'transfer', count: 'transfer', active: 'preorder' };
    await page.route(/stock-movements\?|products\?/, async (route) => {
      const answer = await route.fetch();
      let text = await answer.text();
      for (const [word, later] of Object.entries(renamed))
        text = text.replaceAll(`"${word}"`, `"${later}"`);
      await route.fulfill({ response: answer, body: text });
    });
    await page.goto(`${shop.origin}/manage`);
    await expectShown(page.getByRole('listitem').getByText('transfer'));
    await page.goto(`${shop.origin}/manage/products/1`);
    await expectShown(page.getByRole('row').getByText('transfer'));
    await page.goto(`${shop.origin}/manage/activity`);
    await expectShown(page.getByTestId('event').getByText('transfer'));
    await page.goto(`${shop.origin}/manage/products`);
    await expectShown(page.getByRole('row').getByText('preorder').filter({ visible: true }));
  });

  // This is the last test: after it nobody can sign in from this address for a minute.
  test('who guesses passwords has to wait', async () => {
    const { page } = await shop.open('/sign-in');
    for (let guess = 1; guess <= 5; guess += 1) {
      const answered = page.waitForResponse(
        (response) =>
          response.url() === `${shop.origin}/session` && response.request().method() === 'POST',
      );
      await signIn(page, `guess-${guess}`);
      await answered;
      // It can be pressed again, once the page has read the answer.
      await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click({ trial: true });
    }
    await signIn(page, gatewaySecrets.OPERATOR_PASSWORD);
    await expectText(page, 'Too many requests');
    expect(new URL(page.url()).pathname).toBe('/manage/sign-in');
  });
});

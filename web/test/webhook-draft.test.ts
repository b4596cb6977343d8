import { expect, test } from 'vitest';
import { draftOf, faultsOf, inputOf, type WebhookDraft } from '../src/webhooks/webhook-draft.ts';

function draftWith(change: Partial<WebhookDraft>): WebhookDraft {
  return { ...draftOf(null), url: 'https://partner.example/events', ...change };
}

test('a new webhook is told of everything, one event at a time', () => {
  const draft = draftWith({});
  expect(faultsOf(draft)).toEqual({});
  expect(inputOf(draft)).toEqual({
    url: 'https://partner.example/events',
    eventTypes: null,
    productIds: null,
    batch: 1,
  });
});

test('types count only where some are wanted, and products once each', () => {
  const some = draftWith({ which: 'some', eventTypes: ['stock.low'], products: '7, 12;7  1' });
  expect(inputOf(some)).toMatchObject({ eventTypes: ['stock.low'], productIds: ['7', '12', '1'] });
  expect(inputOf({ ...some, which: 'all' }).eventTypes).toBeNull();
});

test.each([
  [{ url: '' }, { url: 'urlMissing' }],
  [{ url: 'partner.example' }, { url: 'urlMissing' }],
  [{ which: 'some' as const }, { eventTypes: 'noneChosen' }],
  [{ products: 'teapot' }, { productIds: 'productsWrong' }],
  [{ products: '0' }, { productIds: 'productsWrong' }],
  [
    { products: Array.from({ length: 1_001 }, (_, at) => at + 1).join() },
    { productIds: 'productsWrong' },
  ],
  [{ batch: '' }, { batch: 'batchWrong' }],
  [{ batch: '0' }, { batch: 'batchWrong' }],
  [{ batch: '1.5' }, { batch: 'batchWrong' }],
  [{ batch: '101' }, { batch: 'batchWrong' }],
])('a draft with %j has the faults %j', (change, faults) => {
  expect(faultsOf(draftWith(change))).toEqual(faults);
});

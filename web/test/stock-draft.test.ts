import { describe, expect, test } from 'vitest';
import {
  changeIn,
  faultsOf,
  figureAfter,
  stockDraftOf,
  type StockDraft,
} from '../src/stock/stock-draft.ts';

const LOCALE = 'en-US';
const draft = (fields: Partial<StockDraft>): StockDraft => ({ ...stockDraftOf(null), ...fields });
const level = {
  productId: '1',
  onHand: 10,
  reserved: 2,
  available: 8,
  lowStockThreshold: null,
  version: 3,
  updatedAt: '2026-01-01T00:00:00.000Z',
};

describe('the draft of a change of stock', () => {
  test('needs units, a reason to adjust, and quantities that are some', () => {
    expect(faultsOf('receive', draft({ units: '0' }), LOCALE)).toEqual({ units: 'wholePositive' });
    expect(faultsOf('receive', draft({ units: '1,007' }), LOCALE)).toEqual({});
    expect(faultsOf('adjust', draft({ units: '2', reason: ' ' }), LOCALE)).toEqual({
      reason: 'reasonNeeded',
    });
    expect(faultsOf('count', draft({ units: '0' }), LOCALE)).toEqual({});
    expect(faultsOf('count', draft({ units: 'ten' }), LOCALE)).toEqual({ units: 'whole' });
    expect(faultsOf('threshold', draft({ threshold: '' }), LOCALE)).toEqual({});
    expect(faultsOf('threshold', draft({ threshold: '-1' }), LOCALE)).toEqual({
      threshold: 'whole',
    });
  });

  test('says what the figure will be', () => {
    const after = (change: 'receive' | 'adjust' | 'count' | 'threshold', fields: object) =>
      figureAfter(change, draft(fields), level, LOCALE);
    expect(after('receive', { units: '5' })).toBe(15);
    expect(after('adjust', { units: '5' })).toBe(5);
    expect(after('adjust', { units: '5', direction: 'in' })).toBe(15);
    expect(after('count', { units: '7' })).toBe(7);
    expect(after('receive', { units: '' })).toBeNull();
    expect(after('threshold', { threshold: '3' })).toBe(3);
    expect(figureAfter('receive', draft({ units: '5' }), null, LOCALE)).toBe(5);
  });

  test('becomes the change that is sent, and the same draft again where its outcome is unknown', () => {
    const fields = draft({ units: '5', reason: ' Damaged ' });
    const change = changeIn('adjust', fields, '"3"', LOCALE);
    expect(change).toEqual({ movement: { kind: 'adjustment', quantity: -5, reason: 'Damaged' } });
    const request = {
      productId: '1',
      productName: 'Mug',
      change: 'adjust',
      startsTracking: false,
      ...change,
    } as const;
    expect(stockDraftOf(request)).toEqual({ ...fields, reason: 'Damaged' });
    expect(changeIn('count', draft({ units: '7' }), '"3"', LOCALE)).toEqual({
      level: { onHand: 7 },
      etag: '"3"',
    });
    expect(changeIn('threshold', draft({ threshold: '' }), '"3"', LOCALE)).toEqual({
      level: { lowStockThreshold: null },
      etag: '"3"',
    });
  });
});

import type { Webhook, WebhookInput, WebhookSource } from '../api/index.ts';

/** A webhook as a form holds it. */
export interface WebhookDraft {
  source: WebhookSource;
  url: string;
  /** Whether it is told of all types, or of `eventTypes` alone. */
  which: 'all' | 'some';
  eventTypes: string[];
  /** Ids with commas between them. */
  products: string;
  batch: string;
}

export const MAX_PRODUCTS = 1_000;
const MAX_BATCH = 100;

export function draftOf(webhook: Webhook | null): WebhookDraft {
  return {
    source: webhook?.source ?? 'stock',
    url: webhook?.url ?? '',
    which: webhook?.eventTypes ? 'some' : 'all',
    eventTypes: [...(webhook?.eventTypes ?? [])],
    products: webhook?.productIds?.join(', ') ?? '',
    batch: String(webhook?.batch ?? 1),
  };
}

export type WebhookFault = 'urlMissing' | 'noneChosen' | 'productsWrong' | 'batchWrong';
type Faults = Partial<Record<'url' | 'eventTypes' | 'productIds' | 'batch', WebhookFault>>;

/** What the form can tell before the service is asked; of an address that there is one. */
export function faultsOf(draft: WebhookDraft): Faults {
  const faults: Faults = {};
  if (!/^https?:\/\/\S+$/i.test(draft.url.trim())) faults.url = 'urlMissing';
  if (draft.which === 'some' && draft.eventTypes.length === 0) faults.eventTypes = 'noneChosen';
  const ids = productIdsIn(draft.products);
  if (ids.length > MAX_PRODUCTS || !ids.every((id) => /^[1-9]\d{0,15}$/.test(id)))
    faults.productIds = 'productsWrong';
  const batch = Number(draft.batch.trim() || Number.NaN);
  if (!Number.isInteger(batch) || batch < 1 || batch > MAX_BATCH) faults.batch = 'batchWrong';
  return faults;
}

/** @param draft one without faults */
export function inputOf(draft: WebhookDraft): WebhookInput {
  const ids = productIdsIn(draft.products);
  return {
    url: draft.url.trim(),
    eventTypes: draft.which === 'all' ? null : draft.eventTypes,
    productIds: ids.length > 0 ? ids : null,
    batch: Number(draft.batch),
  };
}

function productIdsIn(text: string): string[] {
  return [...new Set(text.split(/[\s,;]+/).filter((id) => id !== ''))];
}

import type { EventText, EventTextPage } from '@anaquel/events';

/** Texts as they cross the threads: a structured clone of objects takes four times as long. */
export interface FlatTexts {
  /** Of the last entry. */
  readonly position: number;
  readonly ids: readonly string[];
  readonly sources: readonly string[];
  readonly types: readonly string[];
  readonly orders: readonly string[];
  readonly jsons: readonly string[];
}

export function flatTexts({ events, position }: EventTextPage): FlatTexts {
  return {
    position,
    ids: events.map(({ id }) => id),
    sources: events.map(({ source }) => source),
    types: events.map(({ type }) => type),
    orders: events.map(({ order }) => order),
    jsons: events.map(({ json }) => json),
  };
}

export function textsFrom(flat: FlatTexts): EventTextPage {
  const { position, ids, sources, types, orders, jsons } = flat;
  const events = ids.map((id, index): EventText => {
    const [source = '', type = ''] = [sources[index], types[index]];
    return { id, source, type, order: orders[index] ?? '', json: jsons[index] ?? '' };
  });
  return { position, events };
}

/** The place of an event among all events of its source: see `CloudEvent.order`. */
export interface EventOrder {
  readonly position: number;
  readonly place: number;
}

/** @param text `<position>.<n>`. */
export function readOrder(text: string): EventOrder {
  const [position = '', place = ''] = text.split('.');
  return { position: Number(position), place: Number(place) };
}

/** Less than 0 when `a` comes before `b`. */
export function compareOrders(a: EventOrder, b: EventOrder): number {
  return a.position - b.position || a.place - b.place;
}

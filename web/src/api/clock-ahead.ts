/**
 * How much a server's clock is ahead of this one, in milliseconds, by the `Date` of an answer,
 * which is exact to a second. The server wrote it at some moment between the request and the
 * answer: where both clocks may be right, as on a slow connection, they are. Otherwise it is off by
 * half a second and half of the time of the request at most.
 */
export function clockAhead(date: string | null, askedAtMs: number, answeredAtMs: number): number {
  const sentAtMs = Date.parse(date ?? '');
  if (Number.isNaN(sentAtMs)) return 0;
  const least = sentAtMs - answeredAtMs;
  const most = sentAtMs + 1_000 - askedAtMs;
  return least <= 0 && most >= 0 ? 0 : (least + most) / 2;
}

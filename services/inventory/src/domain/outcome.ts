/** What came of something that may be refused: its result, or at least one reason. */
export type Outcome<Result, Reason> = Accepted<Result> | Refused<Reason>;

export interface Accepted<Result> {
  readonly ok: true;
  readonly result: Result;
}

export interface Refused<Reason> {
  readonly ok: false;
  readonly refusals: readonly Reason[];
}

export function accepted<Result>(result: Result): Accepted<Result> {
  return { ok: true, result };
}

export function refused<const Reason>(...refusals: Reason[]): Refused<Reason> {
  return { ok: false, refusals };
}

import type { Command, CommandHeader } from '../../domain/command.ts';
import { referencesOf } from '../../domain/command-references.ts';
import { recordKey } from '../../domain/idempotency-record.ts';
import { levelKey, type Level } from '../../domain/level.ts';
import type { PastInstant } from '../../domain/level-past.ts';

export type LevelId = Pick<Level, 'productId' | 'location'>;

/** What the commands of a batch name, each once. */
export interface BatchReferences {
  readonly levels: readonly LevelId[];
  readonly reservations: readonly string[];
  /** Ids of purchases. */
  readonly returns: readonly string[];
  readonly counts: readonly PastInstant[];
  /** Those whose limits are checked. */
  readonly owners: readonly string[];
  readonly keys: readonly NonNullable<CommandHeader['idempotency']>[];
  /** The latest instant of a command. */
  readonly latest: string;
}

/** `more` are levels to be locked besides those that commands name. */
export function referencesOfBatch(
  commands: readonly Command[],
  more: readonly LevelId[],
): BatchReferences {
  const references = commands.map(referencesOf);
  const levels = [...references.flatMap((each) => each.levels), ...more];
  const keys = commands.flatMap(({ idempotency }) => idempotency ?? []);
  return {
    levels: onceEach(levels, ({ productId, location }) => levelKey(productId, location)),
    reservations: [...new Set(references.flatMap((each) => each.reservations))],
    returns: [...new Set(references.flatMap((each) => each.returns))],
    counts: onceEach(
      references.flatMap((each) => each.counts),
      ({ productId, location, instant }) => `${levelKey(productId, location)} ${instant}`,
    ),
    owners: [...new Set(references.flatMap(({ owner }) => owner ?? []))],
    keys: onceEach(keys, ({ scope, key }) => recordKey(scope, key)),
    latest: commands.reduce((latest, { at }) => (at > latest ? at : latest), ''),
  };
}

function onceEach<Item>(items: readonly Item[], nameOf: (item: Item) => string): Item[] {
  return [...new Map(items.map((item) => [nameOf(item), item])).values()];
}

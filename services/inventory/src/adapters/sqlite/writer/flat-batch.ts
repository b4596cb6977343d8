import type { Row } from '@anaquel/runtime/sql';
import type { Command, PurchaseAction } from '../../../domain/command.ts';
import type {
  AcceptedCommand,
  CommandOutcome,
  StepResult,
  StockListResult,
} from '../../../domain/command-outcome.ts';
import { purchaseOf } from '../../../domain/make-purchase.ts';
import type { DraftLine } from '../../../domain/purchase.ts';
import { NOTHING_KNOWN, type SaleKnowledge } from '../../../domain/sale-knowledge.ts';
import { LEVEL, MOVEMENT } from '../../sql/ledger-columns.ts';

// Most commands are purchases. They cross the threads as values without names, and back comes only
// what the ledger decided: the names, and what is known here, cost more than the rest. What a list
// leaves comes back as rows, for the same reason.

export type FlatCommand = FlatPurchase | Exclude<Command, PurchaseAction>;

type FlatPurchase = readonly [
  id: string,
  owner: string,
  actor: string,
  at: string,
  traceparent: string | null,
  /** Null when nothing is known. */
  sale: SaleKnowledge | null,
  idempotency: readonly [scope: string, key: string, fingerprint: string] | null,
  reference: string | null,
  currency: string,
  currencyDecimals: number,
  total: number,
  lines: readonly FlatLine[],
];

type FlatLine = readonly [
  productId: number,
  location: string,
  quantity: number,
  name: string,
  sku: string | null,
  unitPrice: number,
  priceAsOf: string,
];

export function flatCommand(command: Command): FlatCommand {
  if (command.type !== 'purchase') return command;
  const { id, owner, actor, at, traceparent, idempotency, purchase } = command;
  const sale = command.sale === NOTHING_KNOWN ? null : command.sale;
  const { reference, currency, currencyDecimals, total, lines } = purchase;
  const key =
    idempotency && ([idempotency.scope, idempotency.key, idempotency.fingerprint] as const);
  const flatLines = lines.map(flatLine);
  const header = [id, owner, actor, at, traceparent, sale, key] as const;
  return [...header, reference, currency, currencyDecimals, total, flatLines];
}

function flatLine(line: DraftLine): FlatLine {
  const { productId, location, quantity, name, sku, unitPrice, priceAsOf } = line;
  return [productId, location, quantity, name, sku, unitPrice, priceAsOf];
}

export function commandFrom(flat: FlatCommand): Command {
  if ('type' in flat) return flat;
  const [id, owner, actor, at, traceparent, sale, key, ...draft] = flat;
  const [reference, currency, currencyDecimals, total, lines] = draft;
  return {
    id,
    owner,
    actor,
    at,
    traceparent,
    sale: sale ?? NOTHING_KNOWN,
    idempotency: key && { scope: key[0], key: key[1], fingerprint: key[2] },
    type: 'purchase',
    purchase: { reference, currency, currencyDecimals, total, lines: lines.map(lineFrom) },
  };
}

function lineFrom(line: FlatLine): DraftLine {
  const [productId, location, quantity, name, sku, unitPrice, priceAsOf] = line;
  return { productId, location, quantity, name, sku, unitPrice, priceAsOf };
}

/** Of what was carried out: a sale, or what the steps of a list left. */
export type FlatOutcome = FlatSale | FlatChanges | CommandOutcome;

/** Of a purchase: position, number, and what is available of each line. */
type FlatSale = readonly [
  type: 'sale',
  position: number | null,
  number: number,
  availableAfter: readonly number[],
];

type FlatChanges = readonly [
  type: 'changes',
  position: number | null,
  replayed: boolean,
  rows: readonly FlatChange[],
];

/** The row of a movement or of a level. */
type FlatChange = readonly [type: 'movement' | 'level', row: Row];

export function flatOutcome(outcome: CommandOutcome): FlatOutcome {
  if (!outcome.ok) return outcome;
  const { position, replayed, result } = outcome;
  if (result.type === 'changes')
    return ['changes', position, replayed, result.changes.map(flatChange)];
  if (result.type !== 'purchase' || replayed) return outcome;
  const { number, lines } = result.purchase;
  return ['sale', position, number, lines.map(({ availableAfter }) => availableAfter)];
}

function flatChange(change: StepResult): FlatChange {
  return 'movement' in change
    ? ['movement', MOVEMENT.values(change.movement).values]
    : ['level', LEVEL.values(change.level).values];
}

/** @param command that it is the outcome of */
export function outcomeFrom(flat: FlatOutcome, command: Command | undefined): CommandOutcome {
  if ('ok' in flat) return flat;
  return flat[0] === 'sale' ? saleFrom(flat, command) : changesFrom(flat);
}

function saleFrom(
  [, position, number, availableAfter]: FlatSale,
  command: Command | undefined,
): CommandOutcome {
  if (command?.type !== 'purchase') throw new Error('A sale is the outcome of no purchase');
  const decided = { owner: command.owner, number, availableAfter };
  const purchase = purchaseOf(command, command.purchase, decided);
  return { ok: true, result: { type: 'purchase', purchase }, position, replayed: false };
}

function changesFrom([, position, replayed, rows]: FlatChanges): AcceptedCommand<StockListResult> {
  const changes = rows.map(([type, row]) =>
    type === 'movement' ? { movement: MOVEMENT.read(row, 0) } : { level: LEVEL.read(row, 0) },
  );
  return { ok: true, result: { type: 'changes', changes }, position, replayed };
}

import type { Command } from '../domain/command.ts';
import type { CommandOutcome, SettledOutcome } from '../domain/command-outcome.ts';
import { refused } from '../domain/outcome.ts';
import type { LedgerWriter } from './ledger-writer.ts';
import { notForSaleAmong } from './not-for-sale.ts';
import type { ProductCatalogue } from './product-catalogue.ts';

/** After so many questions all that is still unknown counts as for sale. */
const MAX_QUESTIONS = 8;

/** Carries out a command, as a `LedgerWriter` does, and asks Products for what it must know. */
export interface InformedWriter {
  submit(command: Command): Promise<SettledOutcome>;
}

/**
 * Whether a product is for sale matters to few changes, and which ones shows only when they are
 * decided: stock that comes to zero or from zero, or becomes low. So the ledger says which products
 * it must know, and decides again once Products was asked. No transaction waits for that.
 */
export function createInformedWriter(
  writer: Pick<LedgerWriter, 'submit'>,
  catalogue: Pick<ProductCatalogue, 'lookUp'>,
): InformedWriter {
  async function learn({ sale }: Command, productIds: readonly number[]) {
    const notForSale = await notForSaleAmong(catalogue, productIds);
    const known = sale.forSale === 'others' ? [] : sale.forSale;
    return {
      forSale: [...known, ...productIds.filter((id) => !notForSale.includes(id))],
      notForSale: [...sale.notForSale, ...notForSale],
    };
  }

  /** @param questions that were asked for this command before */
  async function askAndTryAgain(
    command: Command,
    productIds: readonly number[],
    questions: number,
  ): Promise<SettledOutcome> {
    const sale = await learn(command, productIds);
    const isLast = questions + 1 === MAX_QUESTIONS;
    const again = { ...command, sale: isLast ? ({ ...sale, forSale: 'others' } as const) : sale };
    const outcome = await writer.submit(again);
    if (isSettled(outcome)) return outcome;
    if (isLast) return refused({ type: 'overloaded' });
    return askAndTryAgain(again, unknownIn(outcome), questions + 1);
  }

  return {
    submit: (command) =>
      writer
        .submit(command)
        .then((outcome) =>
          isSettled(outcome) ? outcome : askAndTryAgain(command, unknownIn(outcome), 0),
        ),
  };
}

function isSettled(outcome: CommandOutcome): outcome is SettledOutcome {
  return outcome.ok || unknownIn(outcome).length === 0;
}

function unknownIn(outcome: CommandOutcome): readonly number[] {
  if (outcome.ok) return [];
  return outcome.refusals.flatMap((refusal) =>
    refusal.type === 'status-unknown' ? refusal.productIds : [],
  );
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  commandFrom,
  flatCommand,
  flatOutcome,
  outcomeFrom,
} from '../../src/adapters/sqlite/writer/flat-batch.ts';
import { decide } from '../../src/domain/decide.ts';
import type { LedgerState } from '../../src/domain/working-state.ts';
import { commandSequences } from '../support/arbitrary-commands.ts';

const nothing: LedgerState = {
  head: 0,
  lastNumber: 0,
  levels: new Map(),
  records: new Map(),
  reservations: new Map(),
  returns: new Map(),
  pasts: new Map(),
};

function sent<Message>(message: Message): Message {
  return JSON.parse(JSON.stringify(message)) as Message;
}

test('commands and their outcomes cross to the thread of the writer and back as they are', () => {
  fc.assert(
    fc.property(commandSequences(40), (commands) => {
      const arrived = sent(commands.map(flatCommand)).map(commandFrom);
      expect(arrived).toEqual(commands);
      const { outcomes } = decide(nothing, commands);
      const answered = sent(outcomes.map(flatOutcome));
      expect(answered.map((outcome, index) => outcomeFrom(outcome, commands[index]))).toEqual(
        outcomes,
      );
    }),
  );
});

import { hasPostgres } from '@anaquel/runtime/postgres-server';
import { isSoak } from '@anaquel/runtime/soak-counts';
import { describe } from 'vitest';
import { openPostgresStore } from '../support/postgres-store.ts';
import { ledgerContract, writingContract } from './ledger-contract.ts';

// Each read is a round trip, and the lists are read some thousand times.
describe.skipIf(!hasPostgres)('on PostgreSQL', { timeout: 240_000 }, () => {
  ledgerContract('the ledger', () => openPostgresStore());

  // Distributed engines have no other level, or are asked for no other. The statements of a list
  // stand alone, whatever the level. A soak is enough: the statements are the same.
  if (isSoak)
    writingContract('the ledger in a serializable database', () =>
      openPostgresStore({ default_transaction_isolation: 'serializable' }),
    );
});

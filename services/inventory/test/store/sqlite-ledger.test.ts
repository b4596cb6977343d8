import { openSqliteStore } from '../support/sqlite-store.ts';
import { ledgerContract } from './ledger-contract.ts';

ledgerContract('the SQLite ledger', openSqliteStore);

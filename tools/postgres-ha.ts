import { StartupError } from '@anaquel/runtime';
import { writePostgresHa } from './postgres-ha/write-files.ts';

// npm run postgres-ha -- --etcd etcd3 --out FOLDER db1=10.0.0.1 db2=10.0.0.2 db3=10.0.0.3: writes
// the files of a PostgreSQL of three machines, and passwords for it. See deploy/postgres-ha.

try {
  const folder = writePostgresHa(process.argv.slice(2), process.cwd());
  console.log(`The files are in ${folder}. deploy/postgres-ha/README.md says where each belongs.`);
} catch (error) {
  console.error(error instanceof StartupError ? error.message : error);
  process.exitCode = 1;
}

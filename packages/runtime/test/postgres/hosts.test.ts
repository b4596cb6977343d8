import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { sql } from '../../src/sql/index.ts';
import {
  createPostgres,
  DatabaseUnavailableError,
  type Postgres,
} from '../../src/sql/postgres/index.ts';
import { PATIENT } from './patient-limits.ts';
import { hasPostgres, runOn, startPostgresServer, type PostgresServer } from './postgres-server.ts';

const portOf = sql`select current_setting('port')`;

async function connected<Result>(
  url: string,
  use: (database: Postgres) => Promise<Result>,
  limits = PATIENT,
): Promise<Result> {
  const database = createPostgres({ url, limits });
  try {
    return await use(database);
  } finally {
    await database.close();
  }
}

describe.skipIf(!hasPostgres)('of several hosts', () => {
  let primary: PostgresServer;
  let standby: PostgresServer;
  let url: string;

  beforeAll(async () => {
    primary = await startPostgresServer();
    standby = await startPostgresServer({
      prepare: (data) => writeFileSync(join(data, 'standby.signal'), ''),
    });
    const hosts = ['127.0.0.1:1', `127.0.0.1:${standby.port}`, `127.0.0.1:${primary.port}`];
    url = `postgres://anaquel:secret@${hosts.join(',')}/postgres`;
  });
  afterAll(async () => {
    await primary?.stop();
    await standby?.stop();
  });

  test('the one that takes writes is found, and another one when it is lost', async () => {
    await connected(url, async (database) => {
      expect(await database.reads.number(portOf)).toBe(primary.port);
      await primary.kill();
      await runOn(standby.url('postgres'), 'select pg_promote()');
      await database.transaction(async (t) => {
        expect(await t.number(portOf)).toBe(standby.port);
        await t.run(sql`create table items (name text)`);
      });
      await primary.restart();
    });
  });

  test('a primary that has become read-only is left for another one', async () => {
    await connected(primary.url('postgres'), async (database) => {
      expect(await database.reads.number(sql`select 1`)).toBe(1);
    });
    await connected(url, async (database) => {
      const first = await database.reads.number(portOf);
      const [now, other] = first === primary.port ? [primary, standby] : [standby, primary];
      const readOnly = [
        'alter system set default_transaction_read_only = on',
        'select pg_reload_conf()',
      ];
      await runOn(now.url('postgres'), ...readOnly);
      const setting = sql`select current_setting('default_transaction_read_only')`;
      // The server tells its processes of it some time later.
      const isTold = async () => expect(await database.reads.rows(setting)).toEqual([['on']]);
      await vi.waitFor(isTold, 30_000);
      await database.transaction(async (t) => {
        await t.run(sql`create table notes (name text)`);
        expect(await t.number(portOf)).toBe(other.port);
      });
    });
  });

  test('without one that takes writes, each host says why', async () => {
    const dead = 'postgres://anaquel:secret@127.0.0.1:1,127.0.0.1:2/postgres';
    const limits = { ...PATIENT, acquireMs: 10 };
    const work = connected(dead, (database) => database.reads.number(sql`select 1`), limits);
    await expect(work).rejects.toBeInstanceOf(DatabaseUnavailableError);
    await expect(work).rejects.toThrow(/127\.0\.0\.1:1; .*127\.0\.0\.1:2/);
  });
});

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
if (!hasOpenssl)
  console.warn('There is no openssl, so the tests of TLS to PostgreSQL are SKIPPED. Install it.');

describe.skipIf(!hasPostgres || !hasOpenssl)('over TLS', () => {
  let folder: string;
  let server: PostgresServer;

  function openssl(...args: string[]): void {
    const { status, stderr } = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')}: ${stderr}`);
  }

  /** An authority, and a certificate of its for these names. */
  function certify(authority: string, name: string, names: string): void {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    const subject = `/CN=${authority}`;
    openssl(
      'req',
      '-x509',
      ...key,
      '-subj',
      subject,
      '-keyout',
      `${authority}.key`,
      '-out',
      `${authority}.crt`,
    );
    openssl('req', ...key, '-subj', `/CN=anaquel`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    writeFileSync(join(folder, `${name}.ext`), `subjectAltName=${names}`);
    const signed = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`, '-CAcreateserial'];
    const result = ['-extfile', `${name}.ext`, '-out', `${name}.crt`];
    openssl('x509', '-req', '-in', `${name}.csr`, ...signed, ...result);
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'anaquel-tls-'));
    certify('authority', 'server', 'DNS:localhost');
    certify('stranger', 'client', 'DNS:client');
    chmodSync(folder, 0o755);
    server = await startPostgresServer({
      settings: {
        ssl: 'on',
        ssl_cert_file: join(folder, 'server.crt'),
        ssl_key_file: join(folder, 'server.key'),
      },
      prepare(data) {
        const key = join(folder, 'server.key');
        const { uid, gid } = statSync(data);
        chownSync(key, uid, gid);
        chmodSync(key, 0o600);
      },
    });
  });
  afterAll(async () => {
    await server?.stop();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  const isEncrypted = (host: string, parameters: string) =>
    connected(
      `postgres://anaquel:secret@${host}:${server.port}/postgres?${parameters}`,
      (database) =>
        database.transaction((t) =>
          t.number(sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`),
        ),
      { ...PATIENT, acquireMs: 10 },
    );
  const root = (name: string) => `sslrootcert=${encodeURIComponent(join(folder, `${name}.crt`))}`;

  test('each mode checks what it says', async () => {
    expect(await isEncrypted('127.0.0.1', 'sslmode=disable')).toBe(0);
    expect(await isEncrypted('127.0.0.1', 'sslmode=require')).toBe(1);
    expect(await isEncrypted('127.0.0.1', `sslmode=verify-ca&${root('authority')}`)).toBe(1);
    expect(await isEncrypted('localhost', `sslmode=verify-full&${root('authority')}`)).toBe(1);
  });

  test.each([
    ['verify-ca', '127.0.0.1', 'stranger', /certificate/],
    ['require', '127.0.0.1', 'stranger', /certificate/],
    ['verify-full', '127.0.0.1', 'authority', /IP: 127\.0\.0\.1 is not in the cert's list/],
  ])('%s refuses %s with the authority %s', async (mode, host, authority, message) => {
    await expect(isEncrypted(host, `sslmode=${mode}&${root(authority)}`)).rejects.toThrow(message);
  });

  test('a server without TLS is refused', async () => {
    const plain = await startPostgresServer();
    const url = `${plain.url('postgres')}?sslmode=require`;
    const limits = { ...PATIENT, acquireMs: 10 };
    const work = connected(url, (database) => database.reads.number(sql`select 1`), limits);
    await expect(work).rejects.toThrow('The server does not support SSL connections');
    await plain.stop();
  });
});

import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartupError } from '@anaquel/runtime';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exampleMachines, postgresHaFiles } from '../postgres-ha/files.ts';
import { etcdProtocols } from '../postgres-ha/render.ts';
import { writePostgresHa } from '../postgres-ha/write-files.ts';
import { projectFolder } from '../settings.ts';

describe('the files of a PostgreSQL of three machines', () => {
  test.each(etcdProtocols)('deploy/postgres-ha/%s is what the template gives', (protocol) => {
    for (const [path, text] of postgresHaFiles(exampleMachines, protocol)) {
      const file = join(projectFolder, 'deploy', 'postgres-ha', protocol, path);
      const hint = `npm run postgres-ha -- --etcd ${protocol} --out deploy/postgres-ha/${protocol}`;
      expect(readFileSync(file, 'utf8'), `${hint} renews it`).toBe(text);
    }
  });

  test('differ by the protocol alone', () => {
    const [v3, v2] = etcdProtocols.map((protocol) => postgresHaFiles(exampleMachines, protocol));
    const adapted = [...(v3 ?? [])].map(([path, text]): [string, string] => [
      path,
      text.replace('\netcd3:\n', '\netcd:\n').replace('V2=false', 'V2=true'),
    ]);
    expect(new Map(adapted)).toEqual(v2);
  });
});

describe('npm run postgres-ha', () => {
  let folder: string;
  beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'anaquel-files-'))));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const read = (path: string) => readFileSync(join(folder, path), 'utf8');

  test('writes the files for given machines, and keeps the passwords that it has made', () => {
    const machines = ['a=10.0.0.1', 'b=10.0.0.2', 'c=10.0.0.3'];
    const write = () => writePostgresHa(['--etcd', 'etcd-v2', '--out', '.', ...machines], folder);
    write();
    expect(read('b/patroni.yml')).toContain("connect_address: '10.0.0.2:5432'");
    expect(read('haproxy.cfg')).toContain('server c 10.0.0.3:5432 check port 8008');
    const secrets = read('secrets.env');
    const passwords = secrets
      .trim()
      .split('\n')
      .map((line) => line.split('=')[1]);
    expect(new Set(passwords).size).toBe(4);
    expect(statSync(join(folder, 'secrets.env')).mode & 0o777).toBe(0o600);
    write();
    expect(read('secrets.env')).toBe(secrets);
  });

  test.each([
    [['--etcd', 'v2', '--out', 'x'], '--etcd <etcd3 or etcd-v2>'],
    [['--etcd', 'etcd3', '--out', 'x', 'a=1.2.3.4', 'b=1.2.3.5'], 'three machines or more'],
    [['--etcd', 'etcd3', '--out', 'x', 'a:1.2.3.4'], '"a:1.2.3.4" is no machine'],
    [['--etcd', 'etcd3', '--in', 'x'], "'--in'"],
  ])('refuses %j', (args, text) => {
    const write = () => writePostgresHa(args, folder);
    expect(write).toThrow(StartupError);
    expect(write).toThrow(text);
  });
});

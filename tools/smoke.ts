import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gateway } from '../services/manifest.ts';
import { projectFolder } from './settings.ts';

// node tools/run.cjs tools/smoke.ts [folder]: starts a shop by the npm start of this checkout, or
// of an unpacked release, buys, ends it, and verifies the ledger. For systems on which the tests
// of whole shops don't run. It takes the default ports.

const PATIENCE_SECONDS = 300;
const isWindows = process.platform === 'win32';

const folder = resolve(process.argv[2] ?? projectFolder);
const data = mkdtempSync(join(tmpdir(), 'anaquel-smoke-'));
const options = { cwd: folder, env: { ...process.env, DATA_DIR: data }, shell: isWindows };

const npm = spawn('npm', ['start'], { ...options, stdio: ['ignore', 'pipe', 'inherit'] });
try {
  await untilReady(npm);
  await buy();
} finally {
  await end(npm);
}
execFileSync('npm', ['run', 'verify'], { ...options, stdio: 'inherit' });
// Windows may still close what the processes that it ended had open.
rmSync(data, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
console.log(`Started, bought and verified in ${folder}.`);

async function untilReady({ stdout }: ChildProcess): Promise<void> {
  let output = '';
  let hasEnded = false;
  stdout?.setEncoding('utf8').on('data', (text: string) => {
    process.stdout.write(text);
    output += text;
  });
  stdout?.once('close', () => (hasEnded = true));
  for (let second = 0; second < PATIENCE_SECONDS; second += 1) {
    if (output.includes('Ctrl-C stops everything')) return;
    if (hasEnded) break;
    await delay(1_000);
  }
  throw new Error('npm start did not say that the shop is ready.');
}

/** As a shopper does. */
async function buy(): Promise<void> {
  const attributes = { lines: [{ productId: '1', quantity: 1 }] };
  const answer = await fetch(`http://127.0.0.1:${gateway.port}/api/v1/purchases`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.api+json', 'idempotency-key': 'smoke' },
    body: JSON.stringify({ data: { type: 'purchases', attributes } }),
  });
  if (answer.status !== 201) throw new Error(`Buying: ${answer.status} ${await answer.text()}`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.pid === undefined) return;
  const exited = new Promise((resolve_) => child.once('exit', resolve_));
  // Windows has no signals that a process could end by: what happens there is a crash. A process of
  // the tree that ends by itself meanwhile is an error to taskkill, and none here.
  if (isWindows) spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F']);
  else child.kill('SIGTERM');
  await exited;
}

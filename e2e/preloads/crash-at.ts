import { existsSync, readFileSync, rmSync } from 'node:fs';
import { ServerResponse } from 'node:http';
import { DatabaseSync, StatementSync } from 'node:sqlite';
import type { SQLInputValue } from 'node:sqlite';
import { isMainThread, parentPort } from 'node:worker_threads';

// Loaded into a service by `--import`, in each of its threads. The process kills itself, without
// any cleanup, the first time it passes the step that the file CRASH_FILE names. It deletes the
// file first, so that the next start lives.

const file = process.env['CRASH_FILE'] ?? '';

function crashAt(step: string): void {
  if (!existsSync(file) || readFileSync(file, 'utf8') !== step) return;
  rmSync(file);
  process.kill(process.pid, 'SIGKILL');
  // The signal arrives an instruction or so later; the thread must not go on until then.
  for (;;);
}

function watchTransactions(): void {
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function execAndWatch(sql) {
    const [word] = sql.split(' ');
    if (word !== 'BEGIN' && word !== 'COMMIT') return exec.call(this, sql);
    crashAt(`before ${word}`);
    exec.call(this, sql);
    crashAt(`after ${word}`);
  };
  const { run } = StatementSync.prototype;
  function runAndWatch(this: StatementSync, ...values: SQLInputValue[]): unknown {
    const result: unknown = Reflect.apply(run, this, values);
    if (/\binto "?purchases\b/i.test(this.sourceSQL)) crashAt('between the rows');
    return result;
  }
  Object.assign(StatementSync.prototype, { run: runAndWatch });
}

function watchOutcomes(port: NonNullable<typeof parentPort>): void {
  const { postMessage } = port;
  port.postMessage = function watchAndPost(message: unknown, ...rest) {
    if (String(message).includes('"committed"')) crashAt('before the outcome is told');
    postMessage.call(this, message, ...rest);
  };
}

function watchAnswers(): void {
  const { writeHead } = ServerResponse.prototype;
  function watchAndWrite(this: ServerResponse, status: number, ...rest: unknown[]): unknown {
    if (status === 201) crashAt('before the answer');
    return Reflect.apply(writeHead, this, [status, ...rest]);
  }
  Object.assign(ServerResponse.prototype, { writeHead: watchAndWrite });
}

if (isMainThread) watchAnswers();
else {
  watchTransactions();
  if (parentPort) watchOutcomes(parentPort);
}

import { existsSync, readFileSync } from 'node:fs';

// Loaded into a service by `--import`. As soon as the file CLOCK_FILE has a number, the machine's
// time is ahead by that many milliseconds, as if somebody had set it.

const file = process.env['CLOCK_FILE'] ?? '';
const RealDate = Date;

function now(): number {
  return RealDate.now() + (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0);
}

globalThis.Date = new Proxy(RealDate, {
  construct: (target, values, newTarget) =>
    Reflect.construct(target, values.length === 0 ? [now()] : values, newTarget) as object,
  get: (target, name, receiver) =>
    name === 'now' ? now : (Reflect.get(target, name, receiver) as unknown),
});

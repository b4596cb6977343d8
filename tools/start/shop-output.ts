import { createOutput } from '@anaquel/runtime';
import type { Output } from '@anaquel/runtime';
import type { Outputs } from './service-process.ts';

/**
 * All that `npm start` prints. None of it is waited for: a full disk below a log, or a closed pipe,
 * stops no shop.
 */
export interface ShopOutput {
  /** A line for whoever started it. */
  say(line: string): void;
  /** For what the services print. */
  outputs: Outputs;
  /** From now on the services say where they listen: after a start that is told in one piece. */
  announce(): void;
  /** Leaves out the events of what is changed while `work` runs. */
  withoutEvents(work: () => Promise<void>): Promise<void>;
}

/** How long after a change its event may come. */
const EVENTS_ARE_LATE_MS = 60_000;

const noteOfDropped = (count: number): string =>
  `${count} lines could not be written here and were dropped.`;

export function createShopOutput(): ShopOutput {
  const stdout = createOutput(process.stdout, { noteOfDropped });
  const stderr = createOutput(process.stderr, { noteOfDropped });
  let announces = false;
  let quiet: { from: string; to: string } | null = null;

  function isShown(line: string): boolean {
    if (!announces && line.includes('"msg":"Server listening at')) return false;
    if (quiet === null || !line.startsWith('{"specversion":')) return true;
    const at = /"time":"([^"]+)"/.exec(line)?.[1] ?? '';
    return at < quiet.from || at > quiet.to;
  }

  const services: Output = {
    settled: () => stdout.settled(),
    write(lines) {
      if (announces && quiet === null) return stdout.write(lines);
      const visibleLines = lines
        .toString()
        .split(/(?<=\n)/)
        .filter(isShown);
      if (visibleLines.length > 0) stdout.write(visibleLines.join(''));
    },
  };

  return {
    say: (line) => stdout.write(`${line}\n`),
    outputs: { stdout: services, stderr },
    announce: () => {
      announces = true;
    },
    async withoutEvents(work) {
      quiet = { from: new Date().toISOString(), to: '9' };
      try {
        await work();
      } finally {
        quiet.to = new Date().toISOString();
        setTimeout(() => (quiet = null), EVENTS_ARE_LATE_MS).unref();
      }
    },
  };
}

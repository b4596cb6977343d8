import { Worker } from 'node:worker_threads';
import type { Network, NetworkAnswer, NetworkRequest, Speaker } from './network.ts';

type WithoutId<Request> = Request extends unknown ? Omit<Request, 'id'> : never;

export interface RunningNetwork extends Network {
  close(): Promise<void>;
}

/** A network in a thread of its own. */
export function startNetwork(folder: string, machines: readonly string[]): RunningNetwork {
  const worker = new Worker(new URL('./network-worker.ts', import.meta.url), {
    workerData: { folder, machines },
  });
  const waiting = new Map<number, (value: number | void) => void>();
  let latest = 0;
  worker.on('message', ({ id, value }: NetworkAnswer) => {
    waiting.get(id)?.(value);
    waiting.delete(id);
  });
  worker.on('error', (error) => {
    throw error;
  });

  function ask(request: WithoutId<NetworkRequest>): Promise<number | void> {
    const id = (latest += 1);
    return new Promise((resolve) => {
      waiting.set(id, resolve);
      worker.postMessage({ ...request, id });
    });
  }

  const toldTo =
    (what: 'hold' | 'release' | 'drop') => async (machine: string, speakers: readonly Speaker[]) =>
      void (await ask({ what, machine, speakers }));
  return {
    open: async (machine, speaker, port) =>
      Number(await ask({ what: 'open', machine, speaker, port })),
    hold: toldTo('hold'),
    release: toldTo('release'),
    drop: toldTo('drop'),
    close: async () => void (await worker.terminate()),
  };
}

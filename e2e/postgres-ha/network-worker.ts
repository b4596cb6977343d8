import { parentPort, workerData } from 'node:worker_threads';
import { createNetwork, type NetworkAnswer, type NetworkRequest } from './network.ts';

// The thread of the network: a test that is busy for seconds would be an outage of all machines.

if (!parentPort) throw new Error('The network runs as a worker thread only');
const port = parentPort;
const { folder, machines } = workerData as { folder: string; machines: readonly string[] };
const network = createNetwork(folder, machines);

async function carryOut(request: NetworkRequest): Promise<number | void> {
  if (request.what === 'open') return network.open(request.machine, request.speaker, request.port);
  return network[request.what](request.machine, request.speakers);
}

port.on('message', (request: NetworkRequest) => {
  void carryOut(request).then((value) => {
    const answer: NetworkAnswer = { id: request.id, value };
    port.postMessage(answer);
  });
});

/** The own thread of one load. */
import { parentPort, workerData } from 'node:worker_threads';
import type { LoadFigures, LoadSpec } from '../control-plane/load-port.js';
import { LoadClients } from './load-clients.js';

if (!parentPort) throw new Error('load-worker.ts is the entry of a thread, not a program');
const port = parentPort;
const clients = new LoadClients(workerData as LoadSpec);

void clients.begun().then(() => port.postMessage('begun'));

port.once('message', () => {
  void clients.end().then((figures) => {
    port.postMessage(figures satisfies LoadFigures);
    port.close();
  });
});

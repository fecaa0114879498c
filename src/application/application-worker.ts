/** The applications' own thread: what they measure is not held up by the control plane, nor the other way round. */
import { parentPort } from 'node:worker_threads';
import { Application } from './application.js';
import type { ApplicationCall, ApplicationNews } from './application-messages.js';

/** How often figures are told (real ms). */
const SAMPLE_MS = 500;

if (!parentPort) throw new Error('application-worker.ts is the entry of a thread, not a program');
const port = parentPort;
const running = new Map<string, Application>();

port.on('message', (call: ApplicationCall) => {
  const id = call.verb === 'start' ? call.spec.instanceId : call.instanceId;
  running.get(id)?.close();
  running.delete(id);
  if (call.verb === 'start') running.set(id, new Application(call.spec));
});

setInterval(() => {
  for (const [instanceId, application] of running) {
    port.postMessage({ instanceId, sample: application.sample() } satisfies ApplicationNews);
  }
}, SAMPLE_MS);

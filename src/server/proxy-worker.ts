/** The data plane's own thread: a ProxyServer behind a message port. */
import { parentPort } from 'node:worker_threads';
import { DataPlaneError } from './data-plane-error.js';
import { ProxyServer } from './proxy-server.js';
import type { Answer, Call, Result } from './proxy-messages.js';

if (!parentPort) throw new Error('proxy-worker.ts is the entry of a thread, not a program');
const port = parentPort;
const server = new ProxyServer((problem) => port.postMessage({ problem } satisfies Answer));

port.on('message', (call: Call) => {
  carryOut(call).then(
    (result) => port.postMessage({ number: call.number, result } satisfies Answer),
    (error: unknown) =>
      port.postMessage({ number: call.number, error: plain(error) } satisfies Answer),
  );
});

function carryOut(call: Call): Promise<Result | undefined> {
  switch (call.verb) {
    case 'apply':
      return server.apply(call.spec);
    case 'settle':
      return server.settle(call.instanceId).then(() => undefined);
    case 'remove':
      return server.remove(call.instanceId).then(() => undefined);
    case 'setTimes':
      return server.setTimes(call.times).then(() => undefined);
    case 'beginShift':
      return server.beginShift(call.ids).then((begun) => ({ begun }));
    case 'endShift':
      return server.endShift(call.times).then(() => undefined);
    case 'written':
      return server.written().then((written) => ({ written }));
    case 'markUnwritten':
      return server.markUnwritten(call.instanceId).then(() => undefined);
    case 'traffic':
      return server.traffic().then((traffic) => ({ traffic }));
    case 'close':
      return server.close().then(() => undefined);
  }
}

function plain(error: unknown): NonNullable<Extract<Answer, { number: number }>['error']> {
  if (error instanceof DataPlaneError) return { code: error.code, details: error.details };
  return { code: null, details: { problem: error instanceof Error ? (error.stack ?? '') : '' } };
}

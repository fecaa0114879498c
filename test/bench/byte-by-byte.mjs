// Cases of clients that send byte by byte: what is kept for a read, and not for its bytes, shows. Whatever holds a client
// up, a slow network, a Redis that takes nothing, its login, its turn, must not make that grow.
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { closeAll, openAll, receive, sendByteByByte, wait } from './clients.mjs';
import { endpointOf, open } from './rig.mjs';

const CLIENTS = 50;
const LONG = 60_000;
const LINE = `ECHO ${'l'.repeat(LONG)}`;
const VALUE = `*2\r\n$4\r\nECHO\r\n$${LONG}\r\n${'v'.repeat(LONG)}`;
/** To either. */
const ANSWER_BYTES = `$${LONG}\r\n`.length + LONG + 2;
/** A Unix socket: it holds a few hundred writes for a Redis that does not read, and as TCP, megabytes in a few. */
const PATH = join(tmpdir(), `frostgate-bench-${process.pid}.sock`);
const PASSWORD = { salt: '00', hash: '00' };

export const BYTE_BY_BYTE = [
  {
    name: `${CLIENTS} clients send 60 KB of a line, byte by byte`,
    run: sendLine,
  },
  {
    name: `${CLIENTS} clients send 60 KB of a line, byte by byte over a slow network`,
    endpoint: () => ({ latencyMs: 200 }),
    run: sendLine,
  },
  {
    name: `${CLIENTS} clients send 60 KB byte by byte to a Redis that takes nothing`,
    redis: ['--unixsocket', PATH],
    endpoint: (redis) => ({ backend: { ...endpointOf(redis).backend, path: PATH } }),
    run: sendToNobody,
  },
  {
    name: `${CLIENTS} clients send 60 KB byte by byte behind a login that waits`,
    endpoint: (redis) => ({
      logins: [{ names: ['somebody'], password: PASSWORD, backend: endpointOf(redis).unasked }],
    }),
    run: sendBehindLogin,
  },
  {
    name: `${CLIENTS} clients send 60 KB byte by byte before it is their turn`,
    endpoint: (redis) => ({
      ceilings: { ...endpointOf(redis).ceilings, newConnectionsPerSecond: 1 },
    }),
    run: sendBeforeTurn,
  },
];

async function sendLine({ proxy }) {
  const sockets = await openAll(proxy.port, CLIENTS);
  await sendByteByByte(sockets, LINE);
  await wait(1000);
  const answers = sockets.map((socket) => receive(socket, ANSWER_BYTES));
  for (const socket of sockets) socket.write('\r\n');
  await Promise.all(answers);
  closeAll(sockets);
}

async function sendToNobody({ proxy, redis }) {
  const sockets = await openAll(proxy.port, CLIENTS);
  redis.stand();
  await sendByteByByte(sockets, VALUE);
  const answers = sockets.map((socket) => receive(socket, ANSWER_BYTES));
  for (const socket of sockets) socket.write('\r\n');
  redis.goOn();
  await Promise.all(answers);
  closeAll(sockets);
  await rm(PATH, { force: true });
}

async function sendBehindLogin({ proxy }) {
  const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => open(proxy.port)));
  for (const socket of sockets) socket.write('AUTH somebody wrong\r\n'.repeat(1000));
  await wait(500);
  await sendByteByByte(sockets, LINE);
  closeAll(sockets);
}

async function sendBeforeTurn({ proxy }) {
  const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => open(proxy.port)));
  await sendByteByByte(sockets, LINE);
  closeAll(sockets);
}

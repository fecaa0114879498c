// Cases of clients that send byte by byte: what is kept for a read, and not for its bytes, shows. Whatever holds a client
// up, a slow network, a Redis that takes nothing, its turn, its login, must not make that grow.
import { closeAll, openAll, receive, sendByteByByte, wait } from './clients.mjs';
import { endpointOf, open } from './rig.mjs';

const CLIENTS = 50;
const LONG = 60_000;
const LINE = `ECHO ${'l'.repeat(LONG)}`;
const VALUE = `*2\r\n$4\r\nECHO\r\n$${LONG}\r\n${'v'.repeat(LONG)}`;
/** Of either. */
const ANSWER_BYTES = `$${LONG}\r\n`.length + LONG + 2;
/** More than the system holds between us and a Redis that does not read. */
const FILLING = 16 * 1024 * 1024;
const STRANGER = '127.0.0.2';

export const BYTE_BY_BYTE = [
  {
    name: `${CLIENTS} clients send 60 KB of a line, byte by byte`,
    run: (rig) => sendHalf(rig, LINE),
  },
  {
    name: `${CLIENTS} clients send a value of 60 KB, byte by byte`,
    run: (rig) => sendHalf(rig, VALUE),
  },
  {
    name: `${CLIENTS} clients send 60 KB of a line, byte by byte over a slow network`,
    endpoint: () => ({ latencyMs: 200 }),
    run: (rig) => sendHalf(rig, LINE),
  },
  {
    name: `${CLIENTS} clients send 60 KB of commands in MULTI, byte by byte`,
    run: sendInMulti,
  },
  {
    name: `${CLIENTS} clients send 60 KB byte by byte to a Redis that takes nothing`,
    run: sendToNobody,
  },
  {
    name: `${CLIENTS} clients send 60 KB byte by byte behind a login that waits`,
    endpoint: () => ({ unasked: null }),
    run: sendBehindLogin,
  },
  {
    name: `${CLIENTS} clients send 60 KB byte by byte before it is their turn`,
    endpoint: (redis) => ({
      ceilings: { ...endpointOf(redis).ceilings, newConnectionsPerSecond: 1 },
    }),
    run: sendBeforeTurn,
  },
  {
    name: `${CLIENTS} strangers that are turned away send 60 KB of commands byte by byte and do not read`,
    run: sendAsStrangers,
  },
];

async function sendHalf({ proxy }, first) {
  const sockets = await openAll(proxy.port, CLIENTS);
  await sendByteByByte(sockets, first);
  await wait(1000);
  const answers = sockets.map((socket) => receive(socket, ANSWER_BYTES));
  for (const socket of sockets) socket.write('\r\n');
  await Promise.all(answers);
  closeAll(sockets);
}

async function sendInMulti({ proxy }) {
  const sockets = await openAll(proxy.port, CLIENTS);
  const commands = 'PING\r\n'.repeat(LONG / 6);
  const queued = '+OK\r\n'.length + (LONG / 6) * '+QUEUED\r\n'.length;
  const answers = sockets.map((socket) => receive(socket, queued));
  await sendByteByByte(sockets, `MULTI\r\n${commands}`);
  await Promise.all(answers);
  closeAll(sockets);
}

async function sendToNobody({ proxy, redis }) {
  const sockets = await openAll(proxy.port, CLIENTS);
  redis.stand();
  const length = FILLING + LONG;
  const half = Buffer.alloc(FILLING, 'v');
  for (const socket of sockets) {
    socket.write(`*2\r\n$4\r\nECHO\r\n$${length}\r\n`);
    socket.write(half);
  }
  await wait(1000);
  await sendByteByByte(sockets, 'v'.repeat(LONG));
  const answers = sockets.map((socket) => receive(socket, `$${length}\r\n`.length + length + 2));
  for (const socket of sockets) socket.write('\r\n');
  redis.goOn();
  await Promise.all(answers);
  closeAll(sockets);
}

async function sendBehindLogin({ proxy }) {
  const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => open(proxy.port)));
  for (const socket of sockets) socket.write('AUTH wrong\r\n'.repeat(1000));
  await wait(500);
  await sendByteByByte(sockets, LINE);
  closeAll(sockets);
}

async function sendBeforeTurn({ proxy }) {
  const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => open(proxy.port)));
  await sendByteByByte(sockets, LINE);
  closeAll(sockets);
}

/** From an address that is not on the whitelist (Linux has them all; elsewhere it may have to be made). */
async function sendAsStrangers({ proxy }) {
  const sockets = await Promise.all(
    Array.from({ length: CLIENTS }, () => open(proxy.port, STRANGER)),
  );
  for (const socket of sockets) socket.pause();
  await sendByteByByte(sockets, 'a\n'.repeat(LONG / 2));
  closeAll(sockets);
}

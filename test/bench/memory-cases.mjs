// Clients that ask for far more than they take, or begin what they do not end: what the data plane may hold of it.
// Each case brings its own proof that nothing was lost: all answers are counted in the end.
import { once } from 'node:events';
import { BYTE_BY_BYTE } from './byte-by-byte.mjs';
import { closeAll, openAll, receive, wait, written } from './clients.mjs';
import { open, openFilesMax } from './rig.mjs';

const KB = 1024;
const MB = 1024 * KB;
/**
 * Whatever goes through leaves garbage: V8 collects when what buffers hold grew by 64 MB (its limit on
 * external memory), and the allocator does not give all of it back. Not per connection and not per byte.
 */
const GARBAGE = 96 * MB;
/** Each way up to 256 KB and one read more before the pause, both where it is read and where it is written. */
const PER_BUSY_CONNECTION = 4 * (256 * KB + 64 * KB);
/** What Redis itself takes of a line without an end, in a connection's own read buffer, and its cost when idle. */
const PER_HELD_LINE = 80 * KB + 64 * KB + 20 * KB;
const PER_IDLE_CONNECTION = 20 * KB;
/** Files that the proxy has open for itself, and some to spare. */
const OTHER_FILES = 50;

const IDLE_CONNECTIONS = 10_000;

/** @type {{ name: string, bound: number | ((result: number) => number), redis?: string[], endpoint?(redis): object, idle?: boolean, run(rig): Promise<number | void> }[]} */
export const CASES = [
  {
    name: 'a client asks for 500 MB and does not read',
    bound: GARBAGE + PER_BUSY_CONNECTION,
    run: (rig) => readNothing(rig, 1, 500),
  },
  {
    name: '20 clients ask for 64 MB each and do not read',
    bound: GARBAGE + 20 * PER_BUSY_CONNECTION,
    run: (rig) => readNothing(rig, 20, 64),
  },
  {
    name: '2,000 clients send half a header',
    bound: GARBAGE + 2000 * PER_IDLE_CONNECTION,
    run: (rig) => sendHalf(rig, 2000, '*2\r\n$4\r\nECHO\r\n$1', '0\r\n0123456789\r\n', 17),
  },
  {
    name: '50 clients send half of a 10 MB value',
    bound: GARBAGE + 50 * PER_BUSY_CONNECTION,
    run(rig) {
      const half = 'v'.repeat(5 * MB);
      const head = `*2\r\n$4\r\nECHO\r\n$${10 * MB}\r\n${half}`;
      const answer = `$${10 * MB}\r\n`.length + 10 * MB + 2;
      return sendHalf(rig, 50, head, `${half}\r\n`, answer);
    },
  },
  {
    name: '1,000 clients send 60 KB of a line',
    bound: GARBAGE + 1000 * PER_HELD_LINE,
    run: (rig) => sendHalf(rig, 1000, `ECHO ${'l'.repeat(60_000)}`, '\r\n', 8 + 60_000 + 2),
  },
  ...BYTE_BY_BYTE.map((one) => ({ bound: GARBAGE + 50 * PER_HELD_LINE, ...one })),
  {
    name: 'a value of 512 MB, written and read',
    bound: GARBAGE + PER_BUSY_CONNECTION,
    run: writeAndRead512MB,
  },
  {
    name: '100,000 commands before the first answer is read',
    bound: GARBAGE + PER_BUSY_CONNECTION,
    run: (rig) => pipeline(rig, '*2\r\n$3\r\nGET\r\n$5\r\nvalue\r\n', 100 + '$100\r\n\r\n'.length),
  },
  {
    name: '100,000 refused commands before the first answer is read',
    bound: GARBAGE + PER_BUSY_CONNECTION,
    async run(rig) {
      await rig.proxy.freeze();
      const line = "-NOWRITE You can't write against a non-write redis\r\n";
      return pipeline(rig, 'SET k v\r\n', line.length);
    },
  },
  {
    name: '100,000 RESETs, each of which grows by our login',
    bound: GARBAGE + PER_BUSY_CONNECTION,
    run: (rig) => pipeline(rig, 'RESET\r\n', '+RESET\r\n'.length),
  },
  {
    name: '50 strangers that are turned away send 1 MB of commands each and do not read',
    bound: GARBAGE + 50 * PER_BUSY_CONNECTION,
    run: sendAsStrangers,
  },
  {
    name: `${IDLE_CONNECTIONS} idle connections`,
    idle: true,
    redis: ['--maxclients', String(IDLE_CONNECTIONS + 100)],
    bound: (count) => count * PER_IDLE_CONNECTION,
    run: openMany,
  },
];

async function readNothing({ proxy, redis }, clients, megabytes) {
  await redis.control.set('big', Buffer.alloc(MB, 'v'));
  const sockets = await openAll(proxy.port, clients);
  for (const socket of sockets) {
    socket.pause();
    socket.write('GET big\r\n'.repeat(megabytes));
  }
  // All that the sockets did not take stays in Redis.
  await steady(async () => {
    const list = await redis.control.call('CLIENT', 'LIST');
    return [...list.matchAll(/ omem=(\d+)/g)].reduce((sum, [, bytes]) => sum + Number(bytes), 0);
  });
  const each = `$${MB}\r\n`.length + MB + 2;
  await Promise.all(sockets.map((socket) => receive(socket, megabytes * each)));
  closeAll(sockets);
}

async function sendHalf({ proxy }, clients, first, rest, answerBytes) {
  const sockets = await openAll(proxy.port, clients);
  for (const socket of sockets) socket.write(first);
  await Promise.all(sockets.map(written));
  await wait(1000);
  const answers = sockets.map((socket) => receive(socket, answerBytes));
  for (const socket of sockets) socket.write(rest);
  await Promise.all(answers);
  closeAll(sockets);
}

async function writeAndRead512MB({ proxy }) {
  const size = 512 * MB;
  const piece = Buffer.alloc(MB, 'v');
  const [socket] = await openAll(proxy.port, 1);
  const stored = receive(socket, '+OK\r\n'.length);
  socket.write(`*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$${size}\r\n`);
  for (let sent = 0; sent < size; sent += piece.length) {
    if (!socket.write(piece)) await once(socket, 'drain');
  }
  socket.write('\r\n');
  await stored;
  const read = receive(socket, `$${size}\r\n`.length + size + 2);
  socket.write('GET k\r\n');
  await read;
  closeAll([socket]);
}

async function pipeline({ proxy, redis }, command, answerBytes) {
  const count = 100_000;
  await redis.control.set('value', 'v'.repeat(100));
  const [socket] = await openAll(proxy.port, 1);
  socket.pause();
  socket.write(command.repeat(count));
  await written(socket);
  await receive(socket, count * answerBytes);
  closeAll([socket]);
}

/** From an address that is not on the whitelist (Linux has them all; elsewhere it may have to be made). */
async function sendAsStrangers({ proxy }) {
  const sockets = await Promise.all(
    Array.from({ length: 50 }, () => open(proxy.port, '127.0.0.2')),
  );
  for (const socket of sockets) {
    socket.pause();
    socket.write('a\n'.repeat(MB / 2));
  }
  await wait(3000);
  closeAll(sockets);
}

async function openMany({ proxy }) {
  const possible = Math.floor(((await openFilesMax()) - OTHER_FILES) / 2);
  const count = Math.min(IDLE_CONNECTIONS, possible);
  if (count < IDLE_CONNECTIONS) {
    const needed = 2 * IDLE_CONNECTIONS + OTHER_FILES;
    console.error(
      `ulimit -Hn allows ${count} connections (two files each); ${needed} files are needed for ${IDLE_CONNECTIONS}`,
    );
  }
  await openAll(proxy.port, count); // they stay open
  return count;
}

/** Until it is the same for half a second, and not nothing. */
async function steady(look) {
  let last = 0;
  for (let tries = 0; tries < 120; tries += 1) {
    await wait(500);
    const now = await look();
    if (now === last && now > 0) return;
    last = now;
  }
  throw new Error('Redis keeps no answers back: the sockets took them all');
}

/** That accepted sockets can be read into a buffer of ours rests on how this Node is made: these tests tell when it is not. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, Socket, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { intoOneBuffer, moved, READ_BYTES } from '../../src/server/read-buffer.js';
import { turns, until } from '../support/raw-client.js';
import { usedBytes } from '../support/used-memory.js';

const HELD_BYTES_MAX = 256 * 1024;
/** What the test itself and the compiler leave behind. */
const OTHER_BYTES = 500_000;

let server: Server;
let client: Socket;
let accepted: Socket;
let chunks: Buffer[];
/** In which turn of the event loop each of them was taken. */
let takenIn: number[];
let turn: number;
let counting: NodeJS.Immediate;
/** The memory that each of them lies in. */
let memory: Set<ArrayBufferLike>;
beforeEach(async () => {
  server = createServer({ allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  chunks = [];
  memory = new Set();
  [takenIn, turn] = [[], 0];
  const next = () => {
    turn += 1;
    counting = setImmediate(next);
  };
  next();
});
afterEach(() => {
  clearImmediate(counting);
  client.destroy();
  accepted.destroy();
  server.close();
});

/** Connects, and moves what was accepted. */
async function move(): Promise<Socket> {
  const { port } = server.address() as AddressInfo;
  const found = new Promise<Socket>((resolve) => {
    server.once('connection', (socket) => {
      accepted = socket;
      const taken = moved(socket, { allowHalfOpen: true, highWaterMark: HELD_BYTES_MAX });
      taken.on('data', (chunk: Buffer) => {
        memory.add(chunk.buffer);
        chunks.push(Buffer.from(chunk));
        takenIn.push(turn);
      });
      taken.pause();
      resolve(taken);
    });
  });
  client = connect({ port, host: '127.0.0.1' });
  return found;
}

const got = () => Buffer.concat(chunks).toString();

test('an accepted socket is read into one buffer, from its first byte to its end', async () => {
  const socket = await move();
  expect(socket).not.toBe(accepted);
  expect(socket.remotePort).toBe(client.localPort);
  const ended = once(socket, 'end');
  socket.resume();
  for (const word of ['one ', 'two ', 'three']) {
    client.write(word);
    await until(word, () => got().endsWith(word), 5_000);
  }
  expect(memory.size).toBe(1);
  client.end();
  await ended;
  expect(got()).toBe('one two three');
  socket.end('bye');
  expect(String(await once(client, 'data'))).toBe('bye');
});

describe('whoever sends more than a read holds gets one read in a turn, so that others have theirs', () => {
  const bytes = Buffer.alloc(8 * 1024 ** 2, 'x');

  async function eachInATurn() {
    const isAllRead = () => chunks.reduce((sum, { length }) => sum + length, 0) === bytes.length;
    await until('all of it is read', isAllRead, 20_000);
    const turns = takenIn.filter((_, i) => chunks[i]?.length === READ_BYTES);
    expect(turns.length).toBeGreaterThan(10);
    expect(new Set(turns).size).toBe(turns.length);
  }

  test('a client', async () => {
    const socket = await move();
    client.write(bytes);
    socket.resume();
    await eachInATurn();
  });

  test.each(['never', 'now and then'])('what we connect to, and is paused %s', async (paused) => {
    const { port } = server.address() as AddressInfo;
    server.once('connection', (socket) => {
      accepted = socket;
      socket.write(bytes);
    });
    const take = (chunk: Buffer) => {
      chunks.push(Buffer.from(chunk));
      takenIn.push(turn);
      if (paused === 'never' || chunks.length % 3 !== 0) return;
      client.pause();
      setTimeout(() => client.resume(), 1);
    };
    client = connect({ port, host: '127.0.0.1', onread: intoOneBuffer(take) });
    await eachInATurn();
  });
});

test('what comes while it is paused waits, and is told before what comes later', async () => {
  const socket = await move();
  client.write('early ');
  await until('it is read', () => socket.bytesRead === 6, 5_000);
  expect(got()).toBe('');
  socket.resume();
  client.write('late');
  await until('all of it', () => got() === 'early late', 5_000);
});

test('no more than the high water mark waits', async () => {
  const socket = await move();
  client.write(Buffer.alloc(4 * HELD_BYTES_MAX));
  await until('that is there', () => socket.bytesRead >= HELD_BYTES_MAX, 5_000);
  await turns(20);
  expect(socket.bytesRead).toBeLessThan(2 * HELD_BYTES_MAX); // and one read more
  socket.resume();
  await until('the rest', () => got().length === 4 * HELD_BYTES_MAX, 5_000);
});

test('what comes byte by byte while it is paused takes no more than twice its bytes, and is told together', async () => {
  const socket = await move();
  const bytes = 20_000;
  client.setNoDelay(true);
  const before = usedBytes();
  for (let sent = 1; sent <= bytes; sent += 1) {
    client.write('x');
    while (socket.bytesRead < sent) await turns(1); // each in a read of its own
  }
  expect(usedBytes() - before).toBeLessThan(2 * bytes + OTHER_BYTES);
  socket.resume();
  await until('all of it', () => got().length === bytes, 5_000);
  expect(chunks).toHaveLength(1);
});

test('its end, while it is paused, is told behind what came before', async () => {
  const socket = await move();
  client.end('last words');
  await until('they are read', () => socket.bytesRead === 10, 5_000);
  await turns(5);
  socket.resume();
  await once(socket, 'end');
  expect(got()).toBe('last words');
});

test('what comes while nobody listens yet waits for the first who does', async () => {
  const { port } = server.address() as AddressInfo;
  const found = once(server, 'connection') as Promise<[Socket]>;
  client = connect({ port, host: '127.0.0.1' });
  client.write('early');
  const options = { allowHalfOpen: true, highWaterMark: HELD_BYTES_MAX };
  [accepted] = await found;
  const socket = moved(accepted, options);
  socket.read(0);
  await until('it is read', () => socket.bytesRead === 5, 5_000);
  socket.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  await until('it is told', () => got() === 'early', 5_000);
});

test('its end is noticed while it is paused', async () => {
  const socket = await move();
  socket.resume();
  socket.pause();
  const ended = once(socket, 'end');
  client.end();
  await ended;
});

test('the server closes without waiting for it', async () => {
  const socket = await move();
  const closed = once(server, 'close');
  server.close();
  await closed;
  expect(socket.destroyed).toBe(false);
  socket.destroy();
});

test('where there is no such handle, the socket stays as it was', async () => {
  await move(); // for what comes after each test
  const other = new Socket();
  expect(moved(other, {})).toBe(other);
  expect(other.destroyed).toBe(false);
});

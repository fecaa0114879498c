/** What is written to sockets that take it late, or to one after the other out of one buffer. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { duplexPair } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Flow, HOLD } from '../../src/server/flow.js';
import { Outgoing } from '../../src/server/outgoing.js';
import { until } from '../support/raw-client.js';
import { usedBytes } from '../support/used-memory.js';

const LONG_BYTES = 100 * 1024;
/** What the test itself and the compiler leave behind. */
const OTHER_BYTES = 500_000;

let server: Server;
let sockets: Socket[];
beforeEach(async () => {
  sockets = [];
  server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

interface Way {
  readonly outgoing: Outgoing;
  readonly from: Flow;
  readonly socket: Socket;
  readonly reader: Socket;
}

/** To a reader that does not read yet. */
async function open(): Promise<Way> {
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const reader = connect({ port, host: '127.0.0.1' });
  reader.pause();
  const [socket] = await accepted;
  sockets.push(reader, socket);
  const from = new Flow(duplexPair()[0]);
  return { socket, reader, from, outgoing: new Outgoing(socket, from) };
}

async function readAll(reader: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of reader) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('each reader gets its own bytes, in order, however late the system takes them', async () => {
  const ways = [await open(), await open(), await open()];
  const expected = ways.map(() => [] as Buffer[]);
  // The buffer that is given is used again at once, as what sockets are read into is.
  const given = Buffer.alloc(LONG_BYTES);
  // More than the system holds for a reader that does not read.
  for (let i = 0; i < 120; i += 1) {
    for (const [who, { outgoing }] of ways.entries()) {
      given.fill(`${String(who)}:${String(i)} \xff\0`, 'latin1');
      for (const bytes of [given, given.subarray(0, 10 + i)]) {
        outgoing.add(bytes);
        expected[who]?.push(Buffer.from(bytes));
      }
      if (i % 3 !== who) outgoing.flush();
    }
  }
  for (const { outgoing, socket } of ways) {
    outgoing.flushAll();
    expect(socket.writableLength).toBeGreaterThan(0); // or nothing was late
    socket.end();
  }
  const got = await Promise.all(ways.map(({ reader }) => readAll(reader)));
  got.forEach((bytes, who) => {
    expect(bytes.equals(Buffer.concat(expected[who] ?? []))).toBe(true);
  });
});

test('what comes byte by byte for a side that does not take it takes no more than twice its bytes, and gets there', async () => {
  const { outgoing, from, socket, reader } = await open();
  const long = Buffer.alloc(LONG_BYTES, 'l');
  let sent = 0;
  for (; socket.writableLength === 0; sent += LONG_BYTES) outgoing.add(long);
  from.release(HOLD.backpressure);
  const bytes = 100_000;
  const x = Buffer.from('x');
  const before = usedBytes();
  for (let i = 0; i < bytes; i += 1) {
    outgoing.add(x);
    outgoing.flush();
  }
  expect(usedBytes() - before).toBeLessThan(2 * bytes + OTHER_BYTES);
  const chunks: Buffer[] = [];
  reader.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  const length = () => chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  await until('all of it is there', () => length() === sent + bytes, 5_000);
  expect(Buffer.concat(chunks).subarray(sent).equals(Buffer.alloc(bytes, 'x'))).toBe(true);
});

test('however little comes at a time, nobody reads on for a side that has 256 KB', async () => {
  const { outgoing, from, socket } = await open();
  const long = Buffer.alloc(LONG_BYTES);
  while (socket.writableLength === 0) outgoing.add(long);
  from.release(HOLD.backpressure);
  let added = 0;
  for (; !from.isHeldBy(HOLD.backpressure) && added < 1_000_000; added += 1) {
    outgoing.add(Buffer.from('x'));
    outgoing.flush();
  }
  expect(added).toBeLessThan(256 * 1024);
  expect(from.isHeldBy(HOLD.backpressure)).toBe(true);
});

test('nobody reads on for a socket that has enough', async () => {
  const { outgoing, from, socket } = await open();
  const bytes = Buffer.alloc(LONG_BYTES);
  for (let i = 0; i < 1000 && socket.writableLength === 0; i += 1) outgoing.add(bytes);
  expect(from.isHeldBy(HOLD.backpressure)).toBe(true);
});

test('what is short waits until it is asked for, and what is long takes it along', async () => {
  const { outgoing, socket, reader } = await open();
  expect(outgoing.add(Buffer.from('one '))).toBe(true);
  expect(outgoing.add(Buffer.from('two '))).toBe(false);
  expect(socket.bytesWritten).toBe(0);
  expect(outgoing.add(Buffer.alloc(LONG_BYTES, 'x'))).toBe(false);
  expect(outgoing.isEmpty).toBe(true);
  socket.end();
  expect((await readAll(reader)).toString()).toBe(`one two ${'x'.repeat(LONG_BYTES)}`);
});

test('what is left for a side that has ended is let go of', async () => {
  const { outgoing, socket, reader } = await open();
  outgoing.add(Buffer.from('late'));
  socket.end();
  outgoing.flush();
  outgoing.add(Buffer.alloc(LONG_BYTES));
  expect((await readAll(reader)).length).toBe(0);
});

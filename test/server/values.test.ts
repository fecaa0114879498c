/** Values of 0 bytes to 512 MB, the most that Redis takes, in both directions. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { command, type RawClient } from '../support/raw-client.js';
import { ProxiedRedis } from '../support/proxied-redis.js';

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());

const KB = 1024;
const MB = 1024 * KB;
/** Redis' proto-max-bulk-len. */
const VALUE_BYTES_MAX = 512 * MB;
/** A prime, so that no two borders of anything fall together. */
const BLOCK = Buffer.from(Array.from({ length: 99_991 }, (_, i) => (i * i + (i >> 7)) % 256));

/** What a big value consists of. */
function* blocksOf(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= BLOCK.length) {
    yield left < BLOCK.length ? BLOCK.subarray(0, left) : BLOCK;
  }
}

// Around what Redis (16 KB, 32 KB), Node.js (64 KB) and the proxy (256 KB) read or hold at once.
const SIZES = [0, 1, 2, 16 * KB, 32 * KB, 64 * KB, 256 * KB, MB].flatMap((size) =>
  size < 16 ? [size] : [size - 1, size, size + 1],
);

test.each(SIZES)('a value of %i bytes', async (size) => {
  const value = Buffer.concat([...blocksOf(size)]);
  await using direct = await proxied.connectDirectly();
  await using through = await proxied.connect();
  const sent = [command('SET', 'a', value), command('STRLEN', 'a'), command('GET', 'a')];
  const expected = await direct.ask(...sent);
  expect(expected).toContain(`+OK\r\n:${String(size)}\r\n$${String(size)}\r\n`);
  expect((await through.ask(...sent)) === expected).toBe(true);
  // As one of many arguments, and within arrays.
  const nested = [command('RPUSH', 'l', 'a', value, value, 'b'), command('LRANGE', 'l', '0', '-1')];
  await direct.ask('DEL l\r\n');
  const list = await direct.ask(...nested);
  await direct.ask('DEL l\r\n');
  expect((await through.ask(...nested)) === list).toBe(true);
});

test('a value of 512 MB arrives as it was sent, both ways, and one byte more is too much', async () => {
  const head = `$${String(VALUE_BYTES_MAX)}\r\n`;
  const sha = createHash('sha1').update(head);
  for (const block of blocksOf(VALUE_BYTES_MAX)) sha.update(block);
  const expected = sha.update('\r\n').digest('hex');
  const answerBytes = head.length + VALUE_BYTES_MAX + 2;

  await using through = await proxied.connect();
  through.send('*3\r\n$3\r\nSET\r\n$1\r\na\r\n', head);
  for (const block of blocksOf(VALUE_BYTES_MAX)) await write(through.socket, block);
  through.send('\r\n');
  expect(await through.takeLine()).toBe('+OK');

  await using direct = await proxied.connectDirectly();
  for (const client of [direct, through]) {
    const heard = hashOf(client, answerBytes);
    client.send('GET a\r\n');
    expect(await heard).toBe(expected);
  }

  const tooMuch = `*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${String(VALUE_BYTES_MAX + 1)}\r\n`;
  for (const client of [direct, through]) {
    client.send(tooMuch, 'x');
    expect((await client.takeToEnd()).toString()).toBe(
      '-ERR Protocol error: invalid bulk length\r\n',
    );
  }
});

async function write(socket: Socket, bytes: Buffer): Promise<void> {
  if (!socket.write(bytes)) await once(socket, 'drain');
}

/** Of the next so many bytes that arrive. */
async function hashOf(client: RawClient, count: number): Promise<string> {
  const sha = createHash('sha1');
  for (let left = count; left > 0; left -= 4 * MB)
    sha.update(await client.take(Math.min(left, 4 * MB)));
  return sha.digest('hex');
}

/** Everything in a Redis that a customer could tell apart, in an order of its own. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

/** Long values as their sha256, so that what differs can be shown. */
const SHOWN_BYTES = 200;
const DATABASES = 16;

export interface Content {
  /** Database, key, type, value, expiry, encoding. */
  readonly keys: readonly (readonly unknown[])[];
  readonly functions: unknown;
}

export async function contentOf(redis: Redis): Promise<Content> {
  const keys: (readonly unknown[])[] = [];
  for (let database = 0; database < DATABASES; database += 1) {
    await redis.select(database);
    for (const key of (await redis.keysBuffer('*')).sort((a, b) => a.compare(b))) {
      const type = await redis.type(key);
      const value = shown(await valueOf(redis, key, type));
      const expiry = Number(await redis.call('PEXPIRETIME', key));
      // A text that was written to stays `raw`; Redis' own restart makes it `embstr`, too.
      const encoding = String(await redis.object('ENCODING', key)).replace('embstr', 'raw');
      keys.push([database, shown(key), type, value, expiry, encoding]);
    }
  }
  await redis.select(0);
  return { keys, functions: await redis.call('FUNCTION', 'LIST', 'WITHCODE') };
}

async function valueOf(redis: Redis, key: Buffer, type: string): Promise<unknown> {
  const ask = (...words: string[]) =>
    redis.callBuffer(words[0] ?? '', key, ...words.slice(1)) as Promise<Buffer[]>;
  switch (type) {
    case 'string':
      return ask('GET');
    case 'list':
      return ask('LRANGE', '0', '-1');
    case 'set':
      return (await ask('SMEMBERS')).sort((a, b) => a.compare(b));
    case 'hash': {
      const all = await ask('HGETALL');
      const pairs = all.flatMap((field, at) => (at % 2 === 0 ? [[field, all[at + 1]]] : []));
      return pairs.sort(([a], [b]) => (a && b ? a.compare(b) : 0));
    }
    case 'zset':
      return ask('ZRANGE', '0', '-1', 'WITHSCORES');
    case 'stream':
      return redis.callBuffer('XINFO', 'STREAM', key, 'FULL', 'COUNT', '0');
    default:
      throw new Error(`a value of type ${type}`);
  }
}

function shown(value: unknown): string {
  const text = JSON.stringify(textOf(value));
  return text.length <= SHOWN_BYTES ? text : createHash('sha256').update(text).digest('hex');
}

function textOf(value: unknown): unknown {
  if (Buffer.isBuffer(value)) return value.toString('latin1');
  return Array.isArray(value) ? value.map(textOf) : value;
}

/** All settings, in the order of their names. */
export async function settingsOf(redis: Redis): Promise<readonly string[]> {
  const reply = (await redis.config('GET', '*')) as string[];
  return reply
    .flatMap((name, at) => (at % 2 === 0 ? [`${name} ${reply[at + 1] ?? ''}`] : []))
    .sort();
}

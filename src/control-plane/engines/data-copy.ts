/**
 * All the data of one Redis, copied out, and put back as it was. Copied by scripts, since every Redis has them, and the
 * copy is kept on our side: nothing of it is seen by customers, counted by Redis, flushed, or evicted. Put back in one
 * transaction over a connection of its own: one that breaks off has done nothing.
 */
import type { Redis } from 'ioredis';
import type { BackendAddress } from '../../server/index.js';
import type { DataCopy } from '../ports.js';
import { commandOf, CommandStream } from './command-stream.js';
import { COPY_PAGE, EMPTY_ALL, PUT_BACK_PAGE } from './data-copy-scripts.js';

/** What one script copies at most, but for what its last keys have more (bytes): other control connections wait for it. */
const PAGE_BYTES = 4_000_000;
const ANSWER_WITHIN_MS = 10_000;
/** On top of that, for each byte that is put back. */
const ANSWER_WITHIN_MS_PER_BYTE = 0.000_1;

/** While data is put back, nobody is told of it, nothing is refused for a ceiling or a freeze, and nothing is listed as slow. */
const WHILE_PUTTING_BACK = {
  'notify-keyspace-events': '',
  'min-replicas-to-write': '0',
  maxmemory: '0',
  'slowlog-log-slower-than': '-1',
  'latency-monitor-threshold': '0',
} as const;

/** Some keys of one database, as COPY_PAGE gives them and PUT_BACK_PAGE takes them. */
interface CopiedPage {
  readonly database: string;
  readonly content: Buffer;
}

/** Of one Redis. */
interface CopiedData extends DataCopy {
  readonly pages: readonly CopiedPage[];
  /** What FUNCTION DUMP gave. */
  readonly functions: Buffer;
}

/** Throws an Error where it is more than `bytesMax`, before it is all in memory. */
export async function copyData(redis: Redis, bytesMax: number): Promise<DataCopy> {
  const pages: CopiedPage[] = [];
  let [keys, bytes] = [0, 0];
  const info = await redis.info('keyspace');
  for (const [, database = '', expires, rest = ''] of info.matchAll(
    /^db(\d+):keys=\d+,expires=(\d+)(.*)/gm,
  )) {
    // Redis and Valkey each have a name for hashes with fields that expire.
    const fieldsExpire = /(?:subexpiry|keys_with_volatile_items)=[1-9]/.test(rest);
    const flags = [expires === '0' ? '0' : '1', fieldsExpire ? '1' : '0'];
    let cursor = '0';
    do {
      const args = [database, cursor, PAGE_BYTES, ...flags];
      const reply = await redis.callBuffer('EVAL', COPY_PAGE, 0, ...args);
      const [next, count, content] = reply as [Buffer, number, Buffer];
      cursor = next.toString();
      pages.push({ database, content });
      keys += count;
      bytes += content.length;
      if (bytes > bytesMax) throw new Error(`its data takes more than ${String(bytesMax)} bytes`);
    } while (cursor !== '0');
  }
  const functions = (await redis.callBuffer('FUNCTION', 'DUMP')) as Buffer;
  const copy: CopiedData = { keys, bytes: bytes + functions.length, pages, functions };
  return copy;
}

/**
 * Makes the data be that of the copy, and nothing else, with every expiry so much later (ms). Clients that are
 * connected stay so; what they watched has changed. What throws has changed nothing but the settings, which are then
 * for the next `configure` to put right.
 */
export async function putDataBack(
  redis: Redis,
  address: BackendAddress,
  copy: DataCopy,
  laterMs: number,
): Promise<void> {
  const { pages, functions, bytes } = copy as CopiedData;
  const before = await settingsOf(redis);
  // Lifted before: over a ceiling, or frozen, Redis does not even queue a write (server.c, processCommand).
  const opening = [settingsSet(WHILE_PUTTING_BACK), commandOf('MULTI')];
  const steps = [
    commandOf('EVAL', EMPTY_ALL, '0'),
    ...pages.map(({ database, content }) =>
      commandOf('EVAL', PUT_BACK_PAGE, '0', database, content, String(laterMs)),
    ),
    commandOf('FUNCTION', 'RESTORE', functions, 'FLUSH'),
    settingsSet(before),
  ];
  // Each is queued, then comes the length of EXEC's reply, then each is done.
  const answers = opening.length + 2 * steps.length + 1;
  const withinMs = ANSWER_WITHIN_MS + bytes * ANSWER_WITHIN_MS_PER_BYTE;
  const stream = await CommandStream.open(address, withinMs);
  try {
    await stream.send(Buffer.concat([...opening, ...steps, commandOf('EXEC')]), answers);
    await stream.done();
  } catch (problem) {
    await redis.config('SET', ...Object.entries(before).flat()).catch(() => undefined);
    throw problem;
  } finally {
    stream.close();
  }
}

async function settingsOf(redis: Redis): Promise<Record<string, string>> {
  const reply = (await redis.config('GET', ...Object.keys(WHILE_PUTTING_BACK))) as string[];
  const pairs = reply.flatMap((name, at) => (at % 2 === 0 ? [[name, reply[at + 1] ?? '']] : []));
  return Object.fromEntries(pairs) as Record<string, string>;
}

function settingsSet(settings: Readonly<Record<string, string>>): Buffer {
  return commandOf('CONFIG', 'SET', ...Object.entries(settings).flat());
}

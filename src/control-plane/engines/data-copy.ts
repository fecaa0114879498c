/**
 * All the data of one Redis, copied out, and put back as it was. Copied by scripts, since every Redis has them, and the
 * copy is kept on our side: nothing of it is seen by customers, counted by Redis, flushed, or evicted. Put back in one
 * transaction over a connection of its own: one that breaks off has done nothing.
 */
import { connect, type Socket } from 'node:net';
import type { Redis } from 'ioredis';
import type { BackendAddress } from '../../server/index.js';
import type { DataCopy } from '../ports.js';
import { COPY_PAGE, EMPTY_ALL, PUT_BACK_HASH } from './data-copy-scripts.js';
import { command, movedBy, restoresOf, type Restores } from './restore-commands.js';

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

/** Of one database. */
interface DatabaseCopy {
  readonly database: string;
  readonly restores: readonly Restores[];
  readonly hashes: readonly CopiedHash[];
}

/** One with fields that expire; of each field its name, its value, and its expiry or -1. */
type CopiedHash = readonly [key: Buffer, expiry: Buffer, fields: readonly Buffer[]];

/** Of one Redis. */
interface CopiedData extends DataCopy {
  readonly databases: readonly DatabaseCopy[];
  /** What FUNCTION DUMP gave. */
  readonly functions: Buffer;
}

/** As COPY_PAGE gives it. */
type Page = readonly [
  cursor: Buffer,
  lasting: readonly Buffer[],
  timed: readonly (Buffer | number)[],
  hashes: readonly CopiedHash[],
];

/** Throws an Error where it is more than `bytesMax`, before it is all in memory. */
export async function copyData(redis: Redis, bytesMax: number): Promise<DataCopy> {
  const databases: DatabaseCopy[] = [];
  let [keys, bytes] = [0, 0];
  const info = await redis.info('keyspace');
  for (const [, database = '', expires, rest = ''] of info.matchAll(
    /^db(\d+):keys=\d+,expires=(\d+)(.*)/gm,
  )) {
    // Redis and Valkey each have a name for hashes with fields that expire.
    const fieldsExpire = /(?:subexpiry|keys_with_volatile_items)=[1-9]/.test(rest);
    const flags = [expires === '0' ? '0' : '1', fieldsExpire ? '1' : '0'];
    const copy = { database, restores: [] as Restores[], hashes: [] as CopiedHash[] };
    let cursor = '0';
    do {
      const args = [database, cursor, PAGE_BYTES, ...flags];
      const page = (await redis.callBuffer('EVAL', COPY_PAGE, 0, ...args)) as Page;
      const [next, lasting, timed, hashes] = page;
      cursor = next.toString();
      const restores = [restoresOf(lasting, false), restoresOf(timed, true)];
      copy.restores.push(...restores);
      copy.hashes.push(...hashes);
      keys += restores.reduce((sum, { count }) => sum + count, hashes.length);
      bytes += lengthOf(restores.map(({ commands }) => commands));
      bytes += lengthOf(hashes.flatMap(([, , fields]) => fields));
      if (bytes > bytesMax) throw new Error(`its data takes more than ${String(bytesMax)} bytes`);
    } while (cursor !== '0');
    databases.push(copy);
  }
  const functions = (await redis.callBuffer('FUNCTION', 'DUMP')) as Buffer;
  const copy: CopiedData = { keys, bytes: bytes + functions.length, databases, functions };
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
  const { databases, functions } = copy as CopiedData;
  const before = await settingsOf(redis);
  const set = (settings: Readonly<Record<string, string>>) =>
    command('CONFIG', 'SET', ...Object.entries(settings).flat());
  const parts: Buffer[] = [];
  let count = 0;
  const add = (bytes: Buffer, commands = 1) => {
    parts.push(bytes);
    count += commands;
  };
  add(command('EVAL', EMPTY_ALL, '0'));
  for (const { database, restores, hashes } of databases) {
    add(command('SELECT', database));
    for (const some of restores) add(movedBy(some, laterMs), some.count);
    for (const [key, expiry, fields] of hashes) {
      const moved = fields.map((one, at) => (at % 3 === 2 ? later(one, laterMs) : one));
      add(command('EVAL', PUT_BACK_HASH, '1', key, later(expiry, laterMs), ...moved));
    }
  }
  add(command('FUNCTION', 'RESTORE', functions, 'FLUSH'));
  add(set(before));
  const { username, password } = address;
  const login = password === '' ? [] : [command('AUTH', username, password)];
  // Lifted before: over a ceiling, or frozen, Redis does not even queue a write (server.c, processCommand).
  const opening = [...login, set(WHILE_PUTTING_BACK), command('MULTI')];
  const lines = opening.length + count + 1 + count; // each is queued, then the length of EXEC's reply, then each is done
  try {
    const bytes = Buffer.concat([...opening, ...parts, command('EXEC')]);
    await sendAll(address, bytes, lines);
  } catch (problem) {
    await redis.config('SET', ...Object.entries(before).flat()).catch(() => undefined);
    throw problem;
  }
}

const LINE_END = Buffer.from('\r\n');
const ERROR_SIGN = '-'.charCodeAt(0);

async function settingsOf(redis: Redis): Promise<Record<string, string>> {
  const reply = (await redis.config('GET', ...Object.keys(WHILE_PUTTING_BACK))) as string[];
  const pairs = reply.flatMap((name, at) => (at % 2 === 0 ? [[name, reply[at + 1] ?? '']] : []));
  return Object.fromEntries(pairs) as Record<string, string>;
}

/** -1 is none. Never 0 or less: RESTORE would take it for none, or for a mistake. What is over by then is deleted at once. */
function later(expiry: Buffer, ms: number): string {
  const at = Number(expiry.toString());
  return at < 0 ? '-1' : String(Math.max(1, at + ms));
}

function lengthOf(buffers: readonly Buffer[]): number {
  return buffers.reduce((sum, one) => sum + one.length, 0);
}

/** Resolves when so many lines have come, and none of them was an error. Every reply is one line, and EXEC's one more for its length. */
function sendAll(address: BackendAddress, bytes: Buffer, lines: number): Promise<void> {
  const { host, port, path } = address;
  const socket = connect(path === undefined ? { host, port } : { path });
  socket.setNoDelay(true);
  const withinMs = ANSWER_WITHIN_MS + bytes.length * ANSWER_WITHIN_MS_PER_BYTE;
  return new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => {
      socket.destroy(new Error(`no answer within ${String(Math.round(withinMs / 1000))} s`));
    }, withinMs);
    socket.on('error', reject);
    socket.on('close', () => {
      clearTimeout(late);
      reject(new Error('it closed the connection'));
    });
    readLines(socket, lines, resolve, reject);
    socket.write(bytes);
  }).finally(() => socket.destroy());
}

function readLines(
  socket: Socket,
  lines: number,
  resolve: () => void,
  reject: (error: Error) => void,
): void {
  let left = lines;
  let rest = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let end = bytes.indexOf(LINE_END, at); end !== -1; end = bytes.indexOf(LINE_END, at)) {
      if (bytes[at] === ERROR_SIGN) {
        reject(new Error(bytes.toString('utf8', at + 1, end)));
        return;
      }
      at = end + LINE_END.length;
      left -= 1;
    }
    rest = bytes.subarray(at);
    if (left === 0) resolve();
  });
}

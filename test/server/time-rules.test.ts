/** Commands that newer Redis versions have, and which of all commands may give an expiry: by their bytes and names. */
import { expect, test } from 'vitest';
import { CommandTable, type CommandEntry } from '../../src/server/command-table.js';
import { editWhole } from '../../src/server/resp/argument-edit.js';
import { RequestFramer } from '../../src/server/resp/request-framer.js';
import { givesExpiryFrom } from '../../src/server/times/expiry-givers.js';
import { VirtualTime } from '../../src/server/times/virtual-time.js';
import { rowsIn } from '../support/command-rows.js';
import { command } from '../support/raw-client.js';
import { RealRedis } from '../support/real-redis.js';
import { everySplit, someSplits } from '../support/splits.js';

const time = new VirtualTime({ expiryOffsetMs: 1_000_250, virtualAt: 0, realAt: 0, rate: 1 });
const NAMES = [
  ...['hexpireat', 'hpexpireat', 'hsetex', 'hgetex', 'msetex', 'hexpiretime', 'hpexpiretime'],
  ...['expireat', 'set'],
];
const table = new CommandTable(
  NAMES.map((name) => ({
    ...{ name, arity: -2, write: true, read: false, noAuth: false },
    subcommands: [],
  })),
  {},
);

function sentFor(pieces: readonly Buffer[]): Buffer {
  const sent: Buffer[] = [];
  const framer = new RequestFramer<CommandEntry>(() => table, {
    decide: (entry, count) => entry?.timeRule?.apply(() => time, count) ?? null,
    send: (bytes) => sent.push(Buffer.from(bytes)),
  });
  for (const piece of pieces) framer.push(piece);
  return Buffer.concat(sent);
}

const LONG = 'f'.repeat(70_000);
const FIELDS = Array.from({ length: 3000 }, (_, i) => `field-${String(i)}-${'x'.repeat(30)}`);
const MAX = String(2 ** 46 - 1);

test.each<[string, string[], string[]]>([
  [
    'HEXPIREAT',
    ['h', '2000', 'FIELDS', '1', 'f'],
    ['HPEXPIREAT', 'h', '999750', 'FIELDS', '1', 'f'],
  ],
  [
    'HEXPIREAT',
    ['h', '2000', 'NX', 'FIELDS', '1', 'f'],
    ['HPEXPIREAT', 'h', '999750', 'NX', 'FIELDS', '1', 'f'],
  ],
  ['HEXPIREAT', ['h', 'nope', 'FIELDS', '1', 'f'], ['HEXPIREAT', 'h', 'nope', 'FIELDS', '1', 'f']],
  ['HEXPIREAT', ['h', MAX, 'FIELDS', '1', 'f'], ['HEXPIREAT', 'h', MAX, 'FIELDS', '1', 'f']],
  ['HEXPIREAT', ['h', '1', 'FIELDS', '1', 'f'], ['HPEXPIREAT', 'h', '1', 'FIELDS', '1', 'f']],
  [
    'HEXPIREAT',
    ['h', '2000', 'FIELDS', '3000', ...FIELDS],
    ['HPEXPIREAT', 'h', '999750', 'FIELDS', '3000', ...FIELDS],
  ],
  [
    'HEXPIREAT',
    [LONG, '2000', 'FIELDS', '1', 'f'],
    ['HPEXPIREAT', LONG, '999750', 'FIELDS', '1', 'f'],
  ],
  [
    'HPEXPIREAT',
    ['h', '2000000', 'FIELDS', '1', 'f'],
    ['HPEXPIREAT', 'h', '999750', 'FIELDS', '1', 'f'],
  ],
  [
    'HSETEX',
    ['h', 'EXAT', '2000', 'FIELDS', '1', 'EXAT', 'PXAT'],
    ['HSETEX', 'h', 'PXAT', '999750', 'FIELDS', '1', 'EXAT', 'PXAT'],
  ],
  [
    'HSETEX',
    ['h', 'FIELDS', '1', 'EXAT', '5', 'EXAT', '2000'],
    ['HSETEX', 'h', 'FIELDS', '1', 'EXAT', '5', 'PXAT', '999750'],
  ],
  [
    'HSETEX',
    ['h', 'FNX', 'pxat', '2000000', 'FIELDS', '1', 'f', LONG],
    ['HSETEX', 'h', 'FNX', 'PXAT', '999750', 'FIELDS', '1', 'f', LONG],
  ],
  [
    'HSETEX',
    ['h', 'EX', '2000', 'FIELDS', '1', 'f', 'v'],
    ['HSETEX', 'h', 'EX', '2000', 'FIELDS', '1', 'f', 'v'],
  ],
  [
    'HGETEX',
    ['h', 'EXAT', '2000', 'FIELDS', '1', 'EXAT'],
    ['HGETEX', 'h', 'PXAT', '999750', 'FIELDS', '1', 'EXAT'],
  ],
  [
    'MSETEX',
    ['1', 'EXAT', '5', 'EXAT', '2000', 'NX'],
    ['MSETEX', '1', 'EXAT', '5', 'PXAT', '999750', 'NX'],
  ],
  [
    'MSETEX',
    ['2', 'EXAT', '5', 'k', LONG, 'NX', 'EXAT', '2000'],
    ['MSETEX', '2', 'EXAT', '5', 'k', LONG, 'NX', 'PXAT', '999750'],
  ],
  // Redis 8.4, Valkey 8.1: what is compared with is no option, and may be long.
  ...['IFEQ', 'ifne', 'IFDEQ', 'IFDNE'].flatMap((word): [string, string[], string[]][] => [
    [
      'SET',
      ['k', 'v', word, 'EXAT', 'EXAT', '2000'],
      ['SET', 'k', 'v', word, 'EXAT', 'PXAT', '999750'],
    ],
    ['SET', ['k', 'v', word, 'EXAT'], ['SET', 'k', 'v', word, 'EXAT']],
    ['SET', ['k', 'v', 'GET', word, LONG], ['SET', 'k', 'v', 'GET', word, LONG]],
    [
      'SET',
      ['k', 'v', word, LONG, 'EXAT', '2000', 'GET'],
      ['SET', 'k', 'v', word, LONG, 'PXAT', '999750', 'GET'],
    ],
    [
      'SET',
      ['k', 'v', 'EXAT', '2000', word, LONG, 'GET'],
      ['SET', 'k', 'v', word, LONG, 'GET', 'PXAT', '999750'],
    ],
  ]),
  // What is wrong stays wrong, and is never carried out with another time.
  ['SET', ['k', 'v', 'EXAT', LONG], ['SET', 'k', 'v', '?', LONG]],
  ['SET', ['k', 'v', 'EXAT', '2000', LONG], ['SET', 'k', 'v', '?', '2000', LONG]],
  [
    'SET',
    ['k', 'v', 'EXAT', '2000', 'IFEQ', LONG, 'PXAT', '5'],
    ['SET', 'k', 'v', 'IFEQ', LONG, 'PXAT', '5', 'EXAT', '2000'],
  ],
  [
    'SET',
    ['k', 'v', 'EXAT', '2000', 'EXAT', '2000', 'IFEQ', LONG],
    ['SET', 'k', 'v', '?', '2000', 'EXAT', '2000', 'IFEQ', LONG],
  ],
  ['HGETEX', ['h', 'EXAT', LONG], ['HGETEX', 'h', '?', LONG]],
])('%s %j', (name, args, expected) => {
  const bytes = command(name, ...args);
  const splits = bytes.length < 300 ? everySplit(bytes) : someSplits(bytes, 50);
  for (const pieces of splits) {
    expect(sentFor(pieces).equals(command(...expected))).toBe(true);
  }
});

test.each([
  ['HEXPIRETIME', 'math.ceil('],
  ['HPEXPIRETIME', 't+by'],
])('%s asks a script, which is told the offset last', (name, part) => {
  const bytes = command(name, 'h', 'FIELDS', '2', 'f', 'g');
  for (const pieces of everySplit(bytes)) {
    const words = sentFor(pieces)
      .toString()
      .split('\r\n')
      .filter((_, i) => i % 2 === 0);
    expect(words[1]).toBe('EVAL_RO');
    expect(words[2]).toContain(part);
    expect(words.slice(3)).toEqual(['1', 'h', 'FIELDS', '2', 'f', 'g', '1000250']);
    expect(sentFor(pieces).toString()).toMatch(/^\*9\r\n/);
  }
});

test('more options than anybody needs are not held: Redis is made to refuse the command', () => {
  const sent = sentFor([
    command('SET', 'k', 'v', ...Array<string>(2000).fill('GET'), 'EXAT', '2000'),
  ]);
  expect(
    sent.toString().startsWith('*2005\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n$1\r\n?\r\n'),
  ).toBe(true);
  const many = Array<string>(2000).fill('NX');
  expect(sentFor([command('EXPIREAT', 'k', '2000', ...many)]).toString()).toContain(
    'k\r\n$1\r\n?\r\n',
  );
});

test('a command that breaks the protocol while it is held breaks it for Redis', () => {
  expect(sentFor([Buffer.from('*3\r\n$8\r\nEXPIREAT\r\n$1\r\nk\r\n:5\r\n')]).toString()).toBe(
    '*3\r\n:5\r\n',
  );
});

test('an inline command is edited as if it came as an array', () => {
  const edit = table.find(Buffer.from('expireat'), 0, 8)?.timeRule?.apply(() => time, 3);
  if (!edit || Buffer.isBuffer(edit)) throw new Error('no edit');
  const args = ['EXPIREAT', 'k', '2000'].map((word) => Buffer.from(word));
  expect(editWhole(edit, args).equals(command('PEXPIREAT', 'k', '999750'))).toBe(true);
});

test('every command of Redis that writes is known either to give an expiry or not to', async () => {
  await using redis = await RealRedis.start();
  const rows = rowsIn(redis.commands).flatMap((row) => [row, ...row.subcommands]);
  const givers = rows.filter((row) => givesExpiryFrom(row) < Infinity).map(({ name }) => name);
  expect(givers.sort()).toEqual([
    ...['debug', 'eval', 'evalsha', 'exec', 'expire', 'expireat', 'fcall', 'getex', 'pexpire'],
    ...['pexpireat', 'psetex', 'psync', 'replicaof', 'restore', 'restore-asking', 'set', 'setex'],
    ...['slaveof', 'sync'],
  ]);
  // A module's, say.
  const unknown = { name: 'EXHSET', arity: -2, write: true, read: false, noAuth: false };
  expect(givesExpiryFrom({ ...unknown, subcommands: [] })).toBe(0);
});

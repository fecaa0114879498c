/** Endpoints with the same commands have one table of them. */
import { expect, test } from 'vitest';
import { CommandTables } from '../../src/server/command-tables.js';
import { RealRedis } from '../support/real-redis.js';

const NOTHING = {};

test('two Redis of one kind tell the same commands, whatever order theirs are in', async () => {
  await using one = await RealRedis.start();
  await using other = await RealRedis.start();
  const [first, second] = [await names(one), await names(other)];
  expect(first).not.toEqual(second); // each process has a seed of its own
  expect(first.toSorted()).toEqual(second.toSorted());
  expect(one.commands).toBe(other.commands);
});

test('the same commands have one table, also where they come from another thread', async () => {
  await using redis = await RealRedis.start();
  const tables = new CommandTables();
  const table = tables.of(redis.commands, { save: 'ERR no' });
  expect(tables.of(structuredClone(redis.commands), { save: 'ERR no' })).toBe(table);
  expect(table.find(Buffer.from('SAVE'), 0, 4)?.notOpen).toBe('ERR no');
});

test('with others open, or with others at all, it is another one', () => {
  const tables = new CommandTables();
  const table = tables.of(rows('get', 'set'), NOTHING);
  const [closed, fewer] = [
    tables.of(rows('get', 'set'), { set: 'ERR no' }),
    tables.of(rows('get'), NOTHING),
  ];
  expect(find(table, 'set')?.notOpen).toBeNull();
  expect(find(closed, 'set')?.notOpen).toBe('ERR no');
  expect(find(fewer, 'set')).toBeUndefined();
});

test('those that nobody asks for any more are not kept; one that was asked for is', () => {
  const tables = new CommandTables();
  const used = tables.of(rows('get'), NOTHING);
  const unused = tables.of(rows('set'), NOTHING);
  for (let i = 0; i < 10; i += 1) {
    tables.of(rows(`other${String(i)}`), NOTHING);
    expect(tables.of(rows('get'), NOTHING)).toBe(used);
  }
  expect(tables.of(rows('set'), NOTHING)).not.toBe(unused);
});

async function names(redis: RealRedis): Promise<string[]> {
  return ((await redis.control.call('COMMAND', 'LIST')) as unknown[]).map(String);
}

function rows(...all: string[]): string {
  const flags = { write: false, read: true, noAuth: false };
  return JSON.stringify(all.map((name) => ({ name, arity: 2, ...flags, subcommands: [] })));
}

function find(table: ReturnType<CommandTables['of']>, name: string) {
  return table.find(Buffer.from(name), 0, name.length);
}

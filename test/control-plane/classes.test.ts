/** Instance classes: those that are shipped, with a source for every number, and a user's own from a file. */
import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { classesFileSchema, readClasses } from '../../src/control-plane/classes-file.js';
import {
  CLASS_FACTS,
  classOf,
  INSTANCE_CLASSES,
} from '../../src/control-plane/core/instance-classes.js';
import { formatMoney } from '../../src/control-plane/core/money.js';
import {
  addClasses,
  classIdOf,
  type NamedClass,
} from '../../src/control-plane/core/own-classes.js';
import { setPrices } from '../../src/control-plane/core/prices.js';
import { parseMoney } from '../../src/control-plane/core/money.js';
import { FakeWorld } from '../support/fake-world.js';
import { lastRefusal } from '../support/refusal.js';

const GIB = 1024 ** 3;
const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

describe('the classes that are shipped', () => {
  test.each(Object.entries(INSTANCE_CLASSES))(
    '%s: every number is one, and has its source',
    (_, row) => {
      for (const fact of CLASS_FACTS) expect(row.sources[fact], fact).toMatch(/\S{3}/);
      expect(Object.keys(row.sources).sort()).toEqual([...CLASS_FACTS].sort());
      const { title, engineVersions, backups, sources, pricePerHour, pricePerMonth, ...numbers } =
        row;
      expect([title, typeof backups, typeof sources]).toEqual([title, 'boolean', 'object']);
      expect(engineVersions.length).toBeGreaterThan(0);
      expect(pricePerHour).toBeGreaterThan(0n);
      expect(pricePerMonth).toBe(pricePerHour * 720n);
      for (const [name, value] of Object.entries(numbers)) expect(value, name).toBeGreaterThan(0);
    },
  );

  test('are all of those of the published tables', () => {
    const names = Object.keys(INSTANCE_CLASSES);
    const count = (pattern: RegExp) => names.filter((name) => pattern.test(name)).length;
    expect({
      standard: count(/^redis\.master\..*\.default$/),
      special: count(/special[12]x$/),
      single: count(/^redis\.basic\./),
      zones: count(/drredissdb/),
      cloud: count(/^redis\.shard\.(?!with)/),
      cloudProxy: count(/^redis\.shard\.with\.proxy\./),
      tair: count(/^tair\.rdb\.\d/),
      tairProxy: count(/^tair\.rdb\.with\.proxy\./),
    }).toEqual({
      ...{ standard: 8, special: 6, single: 6, zones: 7 },
      ...{ cloud: 11, cloudProxy: 8, tair: 8, tairProxy: 8 },
    });
    expect(names).toHaveLength(62);
  });

  test('only what is published is told as such: the price of one class, and the factors of seven more', () => {
    const priced = Object.values(INSTANCE_CLASSES).map(({ sources }) => sources.pricePerHour);
    expect(priced.filter((source) => source.startsWith('price list'))).toHaveLength(1);
    expect(priced.filter((source) => source.startsWith('inferred'))).toHaveLength(7);
    expect(priced.filter((source) => source.startsWith('ours'))).toHaveLength(62 - 8);
  });

  test('single-node ones have no backups, and where sources differ the row says which was taken', () => {
    const without = Object.entries(INSTANCE_CLASSES).filter(([, { backups }]) => !backups);
    expect(without.map(([name]) => name.split('.')[1])).toEqual(Array(6).fill('basic'));
    const { connectionsMax, sources } = classOf('redis.master.8xlarge.default');
    expect(connectionsMax).toBe(10_000);
    expect(sources.connections).toContain('another page says 20,000');
  });
});

describe("a user's own classes", () => {
  const small = { name: 'my.small', extends: 'redis.master.small.default', bandwidth: 2 };

  test('say what differs from one that is shipped, or all of it', () => {
    const [mine] = accepted({ classes: [small] });
    const base = classOf('redis.master.small.default');
    expect(mine?.row).toMatchObject({ memoryBytes: GIB, bandwidthBytesPerSecond: 2 * 1024 ** 2 });
    expect(mine?.row.pricePerMonth).toBe(base.pricePerMonth);
    expect(mine?.row.sources).toMatchObject({
      bandwidth: 'a file',
      memory: `as redis.master.small.default: ${base.sources.memory}`,
    });
    const whole = {
      ...{ name: 'own', memory: 64, connections: 50, newConnections: 5, bandwidth: 0.5 },
      ...{ qps: 1000, cpu: 0.5, pricePerHour: 0.1, source: 'our own data centre' },
    };
    const [own] = accepted({ classes: [whole] });
    expect(own?.row).toMatchObject({ cpuCores: 0.5, connectionsMax: 50, backups: true });
    expect(own && formatMoney(own.row.pricePerMonth)).toBe('72.00');
    expect(new Set(Object.values(own?.row.sources ?? {}))).toEqual(
      new Set(['our own data centre']),
    );
  });

  test.each<[string, unknown, RegExp]>([
    ['no object', 7, /^the file: 7 is not possible\. It must be object$/],
    ['no classes', {}, /^classes: nothing is given/],
    ['no name', { classes: [{}] }, /^classes\.0\.name: nothing is given/],
    [
      'a field too much',
      { classes: [{ ...small, ram: 3 }] },
      /^classes\.0\.ram: 3 is not known here\. There are: name, extends, .*memory/,
    ],
    [
      'a number that is none',
      { classes: [{ ...small, memory: '1GB' }] },
      /^classes\.0\.memory: "1GB" is not possible\. It must be integer$/,
    ],
    [
      'a number too small',
      { classes: [{ ...small, connections: 0 }] },
      /^classes\.0\.connections: 0 is not possible\. It must be >= 1$/,
    ],
    [
      'a name that is shipped',
      { classes: [{ name: 'tair.rdb.1g' }] },
      /^classes\.0\.name: "tair\.rdb\.1g" is that of a class that is shipped/,
    ],
    [
      'a name that is none',
      { classes: [{ ...small, name: 'My Class' }] },
      /^classes\.0\.name: "My Class" is not possible\. Use/,
    ],
    [
      'the same name twice',
      { classes: [small, small] },
      /^classes\.1\.name: "my\.small" stands there twice/,
    ],
    [
      'a base that is not there',
      { classes: [{ ...small, extends: 'x' }] },
      /^classes\.0\.extends: "x" is no class that is shipped/,
    ],
    [
      'too little',
      { classes: [{ name: 'own', memory: 64 }] },
      /^classes\.0\.connections: nothing is given\. Give it, or say "extends"/,
    ],
    [
      'a price that is none',
      { classes: [{ ...small, pricePerHour: '-1' }] },
      /^classes\.0\.pricePerHour: must not be negative/,
    ],
  ])('with %s are refused, with the place, the value and the way out', (_, file, mistake) => {
    const read = readClasses(file);
    expect('mistakes' in read ? read.mistakes.join('\n') : 'nothing is wrong').toMatch(
      new RegExp(mistake.source, 'm'),
    );
  });

  test('any JSON is read or refused, and what is read is a class', () => {
    const field = fc.constantFrom('name', 'extends', ...CLASS_FACTS, 'source', 'title');
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('own', 'tair.rdb.1g', 1, 0.5, '0.1'));
    const file = fc.record({ classes: fc.array(fc.dictionary(field, value)) });
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), file), (content) => {
        const read = readClasses(content);
        if ('mistakes' in read) expect(read.mistakes.length).toBeGreaterThan(0);
        else for (const { row } of read) expect(row.memoryBytes).toBeGreaterThan(0);
      }),
    );
  });

  test('are bought by name, and an instance keeps that as which it was sold, across restarts and crashes', async () => {
    await using world = await FakeWorld.open();
    const first = await add(world, small);
    await world.create({ instanceClass: 'my.small' });
    const second = await add(world, { ...small, bandwidth: 3, memory: 64, pricePerHour: '0.5' });
    await world.create({ instanceClass: 'my.small' });
    await world.resize('r-1', 'my.small');
    await world.resize('r-1', first);
    await world.restart();
    await world.crash();
    expect(world.controlPlane.instance('r-1').instanceClass).toBe(first);
    expect(world.controlPlane.instance('r-2').instanceClass).toBe(second);
    const bandwidth = (id: string) => world.dataPlane.endpoints.get(id)?.ceilings.bytesPerSecondIn;
    expect([bandwidth('r-1'), bandwidth('r-2')]).toEqual([2 * 1024 ** 2, 3 * 1024 ** 2]);
    expect(world.engine.backends.get('r-2')?.memoryBytes).toBe(64 * 1024 ** 2);
    expect(classIdOf(world.controlPlane.world, 'my.small')).toBe(second);
    expect(await add(world, { ...small, bandwidth: 3, memory: 64, pricePerHour: '0.5' })).toBe(
      second,
    );
    await world.controlPlane.decide((draft) => {
      const price = { perHour: parseMoney('p', '1'), perMonth: null, from: draft.at };
      setPrices(draft, { instanceClass: 'my.small', ...price });
    });
    await world.advance('2h');
    expect(world.ledger().at(-1)?.text).toBe(`one hour of ${second}`);
  });

  test('that nobody added are refused, and those that there are are named', async () => {
    await using world = await FakeWorld.open();
    await add(world, small);
    const refusal = await lastRefusal(world.create({ instanceClass: 'mine' }));
    expect(refusal).toMatchObject({ code: 'UnknownInstanceClass' });
    expect(String(refusal)).toContain('my.small, redis.master.micro.default');
  });

  test('have a published schema, which is that of the code', () => {
    const path = 'schemas/classes.schema.json';
    const now = `${JSON.stringify({ $schema: DRAFT, ...classesFileSchema }, null, 2)}\n`;
    const before: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
    expect(before, `${path} is stale; it should be:\n${now}`).toEqual(JSON.parse(now));
  });
});

function accepted(file: unknown): readonly NamedClass[] {
  const read = readClasses(file);
  if ('mistakes' in read) throw new Error(read.mistakes.join('\n'));
  return read;
}

async function add(world: FakeWorld, one: object): Promise<string> {
  const ids = await world.controlPlane.decide((draft) =>
    addClasses(draft, accepted({ classes: [one] })),
  );
  return ids[0] ?? '';
}

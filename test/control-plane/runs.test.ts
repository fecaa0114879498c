/** Rows that repeat themselves are kept as runs, and nothing but the space they take may show it. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatMoney, readMoney, type Money } from '../../src/control-plane/core/money.js';
import {
  ENTRIES,
  EVENTS,
  lastSeqOf,
  rowsOf,
  RUN_SPAN_MAX,
  runsOf,
  trimmedInOrder,
  type RowRange,
} from '../../src/control-plane/core/runs.js';
import { Story } from '../../src/control-plane/core/story.js';
import type { LedgerEntry, SimulatorEvent } from '../../src/control-plane/core/world.js';
import { FakeWorld, START } from '../support/fake-world.js';

/** Mostly what repeats itself, and now and then something else, by few instances. */
const told = fc.array(
  fc.record({
    instanceId: fc.constantFrom('r-1', 'r-2', 'r-3', null),
    hours: fc.constantFrom(0, 0, 0, 1),
    gap: fc.constantFrom(1, 1, 1, 2),
    price: fc.constantFrom(210_000n, 210_000n, 210_000n, 1_234_567n, -5n),
    words: fc.constantFrom('charged', 'charged', 'charged', '0.21', ''),
    data: fc.constantFrom('both', 'both', 'both', 'amount', 'none', 'odd'),
  }),
  { maxLength: 80 },
);
type Told = typeof told extends fc.Arbitrary<infer Rows> ? Rows : never;

function eventsOf(rows: Told): SimulatorEvent[] {
  let [seq, at, sum] = [0, START, 10_000_000n];
  return rows.map(({ instanceId, hours, gap, price, words, data: kind }) => {
    seq += gap;
    at += hours * 3_600_000;
    sum -= price;
    const [amount, balance] = [formatMoney(price as Money), formatMoney(sum as Money)];
    const data: Record<string, string> = {};
    if (kind !== 'none') data.amount = amount;
    if (kind === 'both') data.balance = balance;
    if (kind === 'odd') data.balance = `0${balance}`;
    const text = `${words} ${amount}, balance ${balance}`;
    return {
      seq,
      at,
      type: 'charged',
      accountId: 'default',
      instanceId,
      clause: '2.2.2',
      text,
      data,
    };
  });
}

function entriesOf(rows: Told): LedgerEntry[] {
  return eventsOf(rows).map(({ seq, at, instanceId, text, data }) => ({
    ...{ seq, at, instanceId, text, accountId: 'default', kind: 'charge' as const },
    amount: (readMoney(data.amount ?? '') ?? 7n) as Money,
    balance: (readMoney(data.balance ?? '') ?? 9n) as Money,
    grants: (text.length > 30 ? 1n : 0n) as Money,
  }));
}

const range = fc.record({
  after: fc.nat(100),
  from: fc.option(
    fc.nat(20).map((n) => START + n * 3_600_000),
    { nil: undefined },
  ),
  to: fc.option(
    fc.nat(40).map((n) => START + n * 1_800_000),
    { nil: undefined },
  ),
  order: fc.constantFrom('asc' as const, 'desc' as const),
});

function isWithin({ seq, at }: SimulatorEvent, { after, from, to, order }: RowRange): boolean {
  const isAfter = order === 'desc' ? after === 0 || seq < after : seq > after;
  return isAfter && (from === undefined || at >= from) && (to === undefined || at <= to);
}

describe('runs', () => {
  test('tell every event and every entry again, word for word and in order', () => {
    fc.assert(
      fc.property(told, (rows) => {
        const all = { after: 0 };
        const [events, entries] = [eventsOf(rows), entriesOf(rows)];
        expect([...rowsOf(runsOf(events, EVENTS), EVENTS, all)]).toEqual(events);
        expect([...rowsOf(runsOf(entries, ENTRIES), ENTRIES, all)]).toEqual(entries);
      }),
      { numRuns: 500 },
    );
  });

  test('tell of a range what is within it, forwards and backwards', () => {
    fc.assert(
      fc.property(told, range, (rows, wanted) => {
        const events = eventsOf(rows);
        const runs = [...runsOf(events, EVENTS)];
        const expected = events.filter((event) => isWithin(event, wanted));
        if (wanted.order === 'desc') {
          runs.sort((a, b) => lastSeqOf(b) - lastSeqOf(a));
          expected.reverse();
        }
        expect([...rowsOf(runs, EVENTS, wanted)]).toEqual(expected);
        const within = [...trimmedInOrder(runs, EVENTS, { ...wanted, order: 'asc' })];
        if (wanted.order === 'desc') return;
        expect(within.map(({ first }) => first.seq)).toEqual(
          within.map(({ first }) => first.seq).sort((a, b) => a - b),
        );
        expect(within.reduce((sum, { count }) => sum + count, 0)).toBe(expected.length);
      }),
      { numRuns: 500 },
    );
  });

  test('tell a range in order wherever it begins among runs that take turns', () => {
    const turns = ['r-1', 'r-2', 'r-3'] as const;
    const rows = Array.from({ length: 30 }, (_, i): Told[number] => {
      const instanceId = turns[i % 3] ?? null;
      return { instanceId, hours: 0, gap: 1, price: 210_000n, words: 'charged', data: 'both' };
    });
    const events = eventsOf(rows);
    const runs = runsOf(events, EVENTS);
    expect(runs).toHaveLength(3);
    for (let after = 0; after < events.length; after += 1) {
      const seqs = [...rowsOf(runs, EVENTS, { after })].map(({ seq }) => seq);
      expect(seqs, `after ${String(after)}`).toEqual(events.slice(after).map(({ seq }) => seq));
    }
  });

  test('are few: hours of several instances are one for each of them', async () => {
    await using world = await FakeWorld.open({ balance: '100000' });
    for (let i = 0; i < 3; i += 1) await world.create();
    const before = world.events().length;
    await world.advance('10d');
    const charges = world.events().slice(before);
    expect(charges).toHaveLength(3 * 240);
    expect(runsOf(charges, EVENTS).map(({ count }) => count)).toEqual([240, 240, 240]);
    expect(runsOf(world.ledger().slice(1), ENTRIES).map(({ count }) => count)).toEqual([
      240, 240, 240,
    ]);
  });

  test('have an end, so that whoever looks for a row knows how far back to look', () => {
    const rows = Array.from({ length: RUN_SPAN_MAX + 5 }, (): Told[number] => {
      return {
        ...{ instanceId: 'r-1', hours: 1, gap: 1 },
        ...{ price: 210_000n, words: 'charged', data: 'both' },
      };
    });
    const runs = runsOf(eventsOf(rows), EVENTS);
    expect(runs.map(({ count }) => count)).toEqual([RUN_SPAN_MAX, 5]);
  });
});

test.each(['0.00', '0.21', '-0.21', '123456789012345678.123456', '-9.10'])(
  'the amount %s is read as it was written',
  (text) => {
    expect(formatMoney(readMoney(text) as Money)).toBe(text);
  },
);

test.each(['', '1', '.5', '1.2', '1.2345678', '+1.00', ' 1.00', 'x'])(
  '"%s" is no amount that was written here',
  (text) => {
    expect(readMoney(text)).toBeNull();
  },
);

describe('a story', () => {
  const [one, two, three] = eventsOf([
    { instanceId: 'r-1', hours: 1, gap: 1, price: 210_000n, words: 'charged', data: 'both' },
    { instanceId: 'r-2', hours: 0, gap: 1, price: 210_000n, words: 'charged', data: 'both' },
    { instanceId: 'r-1', hours: 1, gap: 1, price: 210_000n, words: 'charged', data: 'both' },
  ]) as [SimulatorEvent, SimulatorEvent, SimulatorEvent];
  const lineOf = (last: SimulatorEvent) => ({ count: 1, seq: last.seq, at: last.at, last });
  const told = (...events: readonly SimulatorEvent[]) => {
    const story = new Story();
    for (const event of events) story.add(lineOf(event));
    return story.end().map(({ count, seq, last }) => [count, seq, last.seq]);
  };

  test('joins what an instance says again and again, whatever others say meanwhile', () => {
    expect(told(one, two, three)).toEqual([
      [1, 2, 2],
      [2, 1, 3],
    ]);
  });

  test('joins nothing over something else of the instance, or of nobody, or where an amount differs', () => {
    const moved = { ...two, instanceId: 'r-1', type: 'state-changed' as const };
    const topUp = { ...two, instanceId: null };
    const dearer = { ...three, data: { ...three.data, amount: '0.42' } };
    for (const between of [moved, topUp]) expect(told(one, between, three)).toHaveLength(3);
    expect(told(one, dearer)).toHaveLength(2);
    expect(told(one, { ...three, clause: '7.1' })).toHaveLength(2);
  });
});

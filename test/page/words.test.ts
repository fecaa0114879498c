import { expect, test } from 'vitest';
import type {
  EventView,
  LedgerEntryView,
  StoryLineView,
} from '../../src/control-plane/actions/views.js';
import { ACTIONS } from '../../src/control-plane/actions/index.js';
import { STATES } from '../../src/control-plane/core/lifecycle.js';
import { ROUTES } from '../../src/dashboard/api/routes.js';
import { POINTS_MAX, withEntries } from '../../src/dashboard/live/course.js';
import { LINES_MAX, lastSeq, linesOf, withMore } from '../../src/dashboard/live/story.js';
import { spanOf, spanWords } from '../../src/dashboard/times.js';
import { doorWords, lineWords, sizeWords, turnsOf, wordsOf } from '../../src/dashboard/words.js';

test('the page asks for what the API has', () => {
  for (const [name, route] of Object.entries(ROUTES)) {
    const { method, path } = ACTIONS[name as keyof typeof ROUTES];
    expect(route).toBe(`${method} ${path}`);
  }
});

test('every state has words of its own', () => {
  const titles = STATES.map((state) => wordsOf(state).title);
  expect(new Set(titles).size).toBe(STATES.length);
  for (const state of STATES) expect(wordsOf(state).title).not.toBe(state);
});

test.each([
  ['pass', 'pass', 'Applications can read and write.'],
  ['pass', 'NOWRITE x', 'Applications can read; writing is refused.'],
  ['DISABLE x', 'DISABLE x', 'Reading and writing are refused.'],
  ['closed', 'closed', 'Applications cannot connect.'],
])('what applications can do is said in words: reads %s, writes %s', (reads, writes, words) => {
  expect(doorWords({ reads, writes })).toBe(words);
});

test.each([
  [0, 'under a minute'],
  [60_000, '1 minute'],
  [3_661_000, '1 hour 1 minute'],
  [90_000_000, '1 day 1 hour'],
  [7 * 86_400_000, '7 days'],
])('%i ms are %s', (ms, words) => {
  expect(spanWords(ms)).toBe(words);
});

test.each([
  [0, '0 bytes'],
  [740, '740 bytes'],
  [1_536, '1.5 KB'],
  [1_073_741_824, '1 GB'],
])('%i bytes are %s', (bytes, words) => {
  expect(sizeWords(bytes)).toBe(words);
});

test('a chart of one moment has half an hour on both sides of it, and no months', () => {
  expect(spanOf([7_200])).toEqual([5_400, 9_000]);
  expect(spanOf([7_200, 9_000, 86_400])).toEqual([7_200, 86_400]);
});

function line(seq: number, event: Partial<EventView>, count = 1): StoryLineView {
  const at = new Date(seq * 3_600_000).toISOString();
  const whole = {
    ...{ seq: seq + count - 1, at, type: 'charged', accountId: 'default', instanceId: 'r-1' },
    ...{ clause: null, text: 'r-1 charged 0.21', data: { amount: '0.21' }, ...event },
  };
  return { at, since: '', count, begin: at, seq, event: whole };
}

test('what goes on in the next page of the story is the same line, and a turn begins another', () => {
  const first = withMore([], [line(1, {}, 3)]);
  const second = withMore(first, [line(4, {}, 2)]);
  expect(second.map(({ count, seq }) => [seq, count])).toEqual([[1, 5]]);
  const turned = withMore(second, [line(6, { type: 'state-changed' }), line(7, {})]);
  expect(turned.map(({ count }) => count)).toEqual([5, 1, 1]);
  expect(withMore(second, [line(6, { data: { amount: '0.42' } })])).toHaveLength(2);
  expect(withMore(second, [line(6, { instanceId: 'r-2' })])).toHaveLength(2);
  expect(lastSeq(turned)).toBe(7);
});

test('a story of years is cut, and goes on', () => {
  let lines: StoryLineView[] = [];
  for (let seq = 1; seq <= 1_000; seq += 1)
    lines = withMore(lines, [line(seq, { type: 'topped-up' })]);
  expect(lines).toHaveLength(LINES_MAX);
  expect(lastSeq(lines)).toBe(1_000);
});

test("an instance's story has what concerns whoever pays, and nothing of other instances", () => {
  const lines = [
    line(1, { instanceId: null }),
    line(2, { instanceId: 'r-2' }),
    line(3, { instanceId: null, accountId: 'other' }),
    line(4, {}),
    line(5, { instanceId: null, accountId: null }),
  ];
  expect(linesOf(lines, { id: 'r-1', accountId: 'default' }).map(({ seq }) => seq)).toEqual([
    1, 4, 5,
  ]);
});

test('a line says what repeats itself, and a turn in words', () => {
  expect(lineWords(line(1, {}, 24))).toBe('24 × Charged 0.21');
  const text = 'ab-1: bandwidthOut of r-1 is high';
  expect(lineWords(line(1, { type: 'abuse-climbed', text }))).toBe('Data going out is high');
  const violation = { type: 'violation-found', text: 'v-1: r-1 is in violation: spam' };
  expect(lineWords(line(1, violation))).toBe('It is in violation: spam');
  const data = { from: 'overdue', to: 'frozen' };
  expect(lineWords(line(1, { type: 'state-changed', data }))).toBe('Payment overdue → Frozen');
});

test('of what leads to the same state at the same moment, the last is planned', () => {
  const planned = (at: string, state: string, what: string) => ({ at, state, what });
  const changes = [
    planned('1', 'overdue', 'owes'),
    planned('1', 'overdue', 'active -> overdue'),
    planned('2', 'frozen', 'overdue -> frozen'),
  ];
  expect(turnsOf(changes)).toEqual(changes.slice(1));
});

test('the course of a balance is thinned out, and keeps its beginning and its end', () => {
  const entries = Array.from(
    { length: 20_000 },
    (_, index) =>
      ({
        at: new Date(index * 3_600_000).toISOString(),
        balance: String(1 - index),
      }) as LedgerEntryView,
  );
  const points = withEntries([], entries);
  expect(points.length).toBeLessThanOrEqual(POINTS_MAX);
  expect(points[0]).toEqual({ at: 0, balance: 1 });
  expect(points.at(-1)?.balance).toBe(-19_998);
  const times = points.map(({ at }) => at);
  expect(times).toEqual([...times].sort((a, b) => a - b));
});

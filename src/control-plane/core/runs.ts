/**
 * A story repeats itself: hour after hour the same charge. Rows that differ from the one before by the same number,
 * time and balance each time are a run, and a run is kept as its first row, its steps and their count. Nothing is
 * lost: a row joins a run only where the run tells it word for word. A year of a hundred instances is 876,000
 * charges, but one run for each instance in each commit.
 */
import type { Instant } from './duration.js';
import { Heap } from './heap.js';
import { formatMoney, plus, readMoney, ZERO, type Money } from './money.js';
import type { Change, LedgerEntry, SimulatorEvent } from './world.js';

export interface Numbered {
  readonly seq: number;
  readonly at: Instant;
  readonly instanceId: string | null;
}

/** From one row of a run to the next; ms of virtual time, micro-units of money. */
export interface Step {
  readonly seq: number;
  readonly at: number;
  readonly balance: Money;
}

export interface Run<Row> {
  readonly first: Row;
  readonly count: number;
  readonly step: Step;
}

/** How rows of a kind go on. */
export interface RowKind<Row extends Numbered> {
  /** ZERO where it tells none. */
  balanceOf(row: Row): Money;
  /** Makes rows that are like `first` but for number, time and balance. */
  like(first: Row): (seq: number, at: Instant, balance: Money) => Row;
  same(a: Row, b: Row): boolean;
}

/** The numbers of a run's rows lie within so many: whoever looks for a row need not look at what begins long before it. */
export const RUN_SPAN_MAX = 20_000;

export const ENTRIES: RowKind<LedgerEntry> = {
  balanceOf: ({ balance }) => balance,
  // Field by field, here and below: there are as many as hours in all the years.
  like: ({ accountId, instanceId, kind, amount, grants, text }) => {
    return (seq, at, balance) => {
      return { seq, at, accountId, instanceId, kind, amount, balance, grants, text };
    };
  },
  same: (a, b) =>
    a.kind === b.kind &&
    a.accountId === b.accountId &&
    a.instanceId === b.instanceId &&
    a.amount === b.amount &&
    a.balance === b.balance &&
    a.grants === b.grants &&
    a.text === b.text,
};

export const EVENTS: RowKind<SimulatorEvent> = {
  balanceOf: ({ data }) => (data.balance === undefined ? ZERO : (readMoney(data.balance) ?? ZERO)),
  like: ({ type, accountId, instanceId, clause, text, data }) => {
    const told = data.balance;
    if (told === undefined) {
      return (seq, at) => ({ seq, at, type, accountId, instanceId, clause, text, data });
    }
    const cut = text.lastIndexOf(told);
    const [head, tail] = [text.slice(0, cut), text.slice(cut + told.length)];
    return (seq, at, money) => {
      const balance = formatMoney(money);
      const words = cut < 0 ? text : head + balance + tail;
      const numbers = { ...data, balance };
      return { seq, at, type, accountId, instanceId, clause, text: words, data: numbers };
    };
  },
  same: (a, b) =>
    a.type === b.type &&
    a.accountId === b.accountId &&
    a.instanceId === b.instanceId &&
    a.clause === b.clause &&
    a.text === b.text &&
    sameData(a.data, b.data),
};

/** Also in the order of their fields: it is how they are shown. */
export function sameData(a: SimulatorEvent['data'], b: SimulatorEvent['data']): boolean {
  const names = Object.keys(b);
  let at = 0;
  for (const name in a) if (name !== names[at++] || a[name] !== b[name]) return false;
  return at === names.length;
}

const NO_STEP: Step = { seq: 1, at: 0, balance: ZERO };

interface OpenRun<Row> extends Run<Row> {
  count: number;
  step: Step;
  readonly make: (seq: number, at: Instant, balance: Money) => Row;
  nextBalance: Money;
}

/** What is saved as one: what changes, and what is told of it, in runs. */
export interface Commit extends Omit<Change, 'entries' | 'events'> {
  readonly entries: readonly Run<LedgerEntry>[];
  readonly events: readonly Run<SimulatorEvent>[];
}

export function commitOf(change: Change): Commit {
  const entries = runsOf(change.entries, ENTRIES);
  return { ...change, entries, events: runsOf(change.events, EVENTS) };
}

/** Rows in the order of their numbers, as runs in the order of their first rows. */
export function runsOf<Row extends Numbered>(
  rows: readonly Row[],
  kind: RowKind<Row>,
): readonly Run<Row>[] {
  const told = new RunsInTheMaking(kind);
  for (const row of rows) told.add(row);
  return told.runs;
}

/** Takes rows as they come: one that joins a run is not kept, so a long story is no long list. */
export class RunsInTheMaking<Row extends Numbered> {
  readonly #runs: OpenRun<Row>[] = [];
  readonly #open = new Map<string | null, OpenRun<Row>>();

  constructor(private readonly kind: RowKind<Row>) {}

  /** Of what was added so far. */
  get runs(): readonly Run<Row>[] {
    return this.#runs;
  }

  /** Its number is higher than those before. */
  add(row: Row): void {
    const { kind } = this;
    const run = this.#open.get(row.instanceId);
    if (run && joins(run, row, kind)) return;
    const begun: OpenRun<Row> = {
      first: row,
      count: 1,
      step: NO_STEP,
      make: kind.like(row),
      nextBalance: ZERO,
    };
    this.#open.set(row.instanceId, begun);
    this.#runs.push(begun);
  }
}

function joins<Row extends Numbered>(run: OpenRun<Row>, row: Row, kind: RowKind<Row>): boolean {
  const { first, count } = run;
  const isSecond = count === 1;
  const step = isSecond ? stepTo(row, first, kind) : run.step;
  if (row.seq !== first.seq + count * step.seq || row.at !== first.at + count * step.at)
    return false;
  if (step.seq <= 0 || step.at < 0 || row.seq - first.seq >= RUN_SPAN_MAX) return false;
  const balance = isSecond ? plus(kind.balanceOf(first), step.balance) : run.nextBalance;
  if (!kind.same(run.make(row.seq, row.at, balance), row)) return false;
  run.count = count + 1;
  run.step = step;
  run.nextBalance = plus(balance, step.balance);
  return true;
}

function stepTo<Row extends Numbered>(row: Row, first: Row, kind: RowKind<Row>): Step {
  const balance = (kind.balanceOf(row) - kind.balanceOf(first)) as Money;
  return { seq: row.seq - first.seq, at: row.at - first.at, balance };
}

/** Which rows are wanted of those that runs tell. */
export interface RowRange {
  /** Beyond this number in the direction of reading; 0: from the beginning, or from the end. */
  readonly after: number;
  /** At this instant or later. */
  readonly from?: Instant | undefined;
  /** At this instant or before. */
  readonly to?: Instant | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
}

/** The last row's number. */
export function lastSeqOf({ first, count, step }: Run<Numbered>): number {
  return first.seq + (count - 1) * step.seq;
}

/** Of a run, the rows within the range, as a run; null where there are none. */
export function trimmed<Row extends Numbered>(
  run: Run<Row>,
  kind: RowKind<Row>,
  { after, from, to, order }: RowRange,
): Run<Row> | null {
  const { first, step } = run;
  const isDown = order === 'desc' && after > 0;
  let begin = isDown ? 0 : Math.max(0, Math.floor((after - first.seq) / step.seq) + 1);
  let end = isDown ? Math.min(run.count, Math.ceil((after - first.seq) / step.seq)) : run.count;
  if (step.at > 0) {
    if (from !== undefined) begin = Math.max(begin, Math.ceil((from - first.at) / step.at));
    if (to !== undefined) end = Math.min(end, Math.floor((to - first.at) / step.at) + 1);
  } else if ((from !== undefined && first.at < from) || (to !== undefined && first.at > to)) {
    return null;
  }
  if (begin >= end) return null;
  if (begin === 0 && end === run.count) return run;
  return { first: rowAt(run, kind, begin), count: end - begin, step };
}

/** Of all runs what is within the range, in the order of the first rows that are left. */
export function* trimmedInOrder<Row extends Numbered>(
  runs: Iterable<Run<Row>>,
  kind: RowKind<Row>,
  range: RowRange,
): Generator<Run<Row>> {
  // A run that began before the range may be left with a row that comes after the next run's.
  const waiting = new Heap<Run<Row>>((a, b) => a.first.seq < b.first.seq);
  const before = function* (seq: number) {
    for (let run = waiting.first(); run && run.first.seq < seq; run = waiting.first()) {
      waiting.removeFirst();
      yield run;
    }
  };
  for (const whole of runs) {
    yield* before(whole.first.seq);
    const run = trimmed(whole, kind, range);
    if (run) waiting.push(run);
  }
  yield* before(Infinity);
}

/** The row that is so many steps after the first. */
export function rowAt<Row extends Numbered>(
  { first, step }: Run<Row>,
  kind: RowKind<Row>,
  times: number,
): Row {
  if (times === 0) return first;
  const balance = plus(kind.balanceOf(first), (step.balance * BigInt(times)) as Money);
  return kind.like(first)(first.seq + times * step.seq, first.at + times * step.at, balance);
}

interface Cursor<Row> {
  readonly run: Run<Row>;
  readonly make: (seq: number, at: Instant, balance: Money) => Row;
  readonly balance: Money;
  times: number;
  seq: number;
}

/** The rows of runs, in order. Runs come in the order of their first rows; where it is `desc`, of their last ones, backwards. */
export function* rowsOf<Row extends Numbered>(
  runs: Iterable<Run<Row>>,
  kind: RowKind<Row>,
  range: RowRange,
): Generator<Row> {
  const down = range.order === 'desc';
  const heap = new Heap<Cursor<Row>>(down ? (a, b) => a.seq > b.seq : (a, b) => a.seq < b.seq);
  for (const whole of runs) {
    // Whole runs are in order; what is left of them within the range need not be.
    yield* drained(heap, down, down ? lastSeqOf(whole) : whole.first.seq);
    const run = trimmed(whole, kind, range);
    if (!run) continue;
    const begin = down ? lastSeqOf(run) : run.first.seq;
    const times = down ? run.count - 1 : 0;
    const balance = kind.balanceOf(run.first);
    heap.push({ run, make: kind.like(run.first), balance, times, seq: begin });
  }
  yield* drained(heap, down, down ? -Infinity : Infinity);
}

/** What comes before `until`. */
function* drained<Row extends Numbered>(
  heap: Heap<Cursor<Row>>,
  down: boolean,
  until: number,
): Generator<Row> {
  for (;;) {
    const cursor = heap.first();
    if (!cursor || (down ? cursor.seq < until : cursor.seq > until)) return;
    const { run, make, balance, times, seq } = cursor;
    const { first, step } = run;
    if (times === 0) yield first;
    else {
      const money = plus(balance, (step.balance * BigInt(times)) as Money);
      yield make(seq, first.at + times * step.at, money);
    }
    cursor.times += down ? -1 : 1;
    cursor.seq += down ? -step.seq : step.seq;
    if (cursor.times < 0 || cursor.times >= run.count) heap.removeFirst();
    else heap.replaceFirst(cursor);
  }
}

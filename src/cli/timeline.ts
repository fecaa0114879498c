/** What happened, for people: a line each, and what repeats itself, such as hourly charges, in one. */
import type { EventView, StoryLineView } from '../control-plane/actions/views.js';
import { formatInstant } from '../control-plane/core/duration.js';
import type { SimulatorEvent } from '../control-plane/core/world.js';
import { Story, type StoryLine } from '../control-plane/core/story.js';

/** `2026-01-02 01:00:00  r-1 overdue -> frozen (grace-ended)  [clause 7.2.3.1]` */
export function eventLine({ at, clause, ...event }: EventView, count = 1): string {
  return `${shownTime(at)}  ${textOf(event, count)}${clause === null ? '' : `  [clause ${clause}]`}`;
}

/** `2026-01-02 01:00:00  +1d1h  r-1  7.2.3.1  r-1 overdue -> frozen (grace-ended)` */
export function storyLine({ at, since, count, event }: StoryLineView): string {
  const { instanceId, clause } = event;
  const columns = [
    shownTime(at),
    `+${wholeSeconds(since)}`.padEnd(SINCE_WIDTH),
    (instanceId ?? '-').padEnd(ID_WIDTH),
    (clause ?? '-').padEnd(CLAUSE_WIDTH),
  ];
  return [...columns, repeated(event.text, count)].join('  ');
}

/** Lines come page by page, so they cannot be as wide as the widest: a year, a name of ours, a clause. */
const [SINCE_WIDTH, ID_WIDTH, CLAUSE_WIDTH] = ['+364d23h59m59s'.length, 5, 7];

/** As the time beside it, which is told to the second. */
function wholeSeconds(since: string): string {
  return since.replace(/\d+ms$/, '') || '0s';
}

/** Joins what goes on from one page to the next. */
export class Teller {
  readonly #story = new Story();

  /** The lines that are over. */
  events(events: readonly EventView[]): StoryLineView[] {
    for (const event of events) {
      this.#story.add(
        lineOf({ at: event.at, since: '', count: 1, begin: event.at, seq: event.seq, event }),
      );
    }
    return this.#story.over().map(viewOf);
  }

  lines(lines: readonly StoryLineView[]): StoryLineView[] {
    for (const line of lines) this.#story.add(lineOf(line));
    return this.#story.over().map(viewOf);
  }

  /** The lines that might have gone on. */
  end(): StoryLineView[] {
    return this.#story.end().map(viewOf);
  }
}

/** What the API tells is carried along, for it to be shown as it was told. */
type Told = SimulatorEvent & { readonly told: StoryLineView };

function lineOf(told: StoryLineView): StoryLine {
  const { count, seq, begin, event } = told;
  const last = { ...event, at: Date.parse(event.at), told } as unknown as Told;
  return { count, seq, at: Date.parse(begin), last };
}

function viewOf({ count, seq, at, last }: StoryLine): StoryLineView {
  return { ...(last as Told).told, count, seq, begin: formatInstant(at) };
}

/** Of which instance it is stands before a text that does not say it. */
function textOf({ text, instanceId }: Omit<EventView, 'at' | 'clause'>, count: number): string {
  const isSaid = instanceId === null || text.split(/[^\w-]+/).includes(instanceId);
  return `${isSaid ? '' : `${instanceId} `}${repeated(text, count)}`;
}

function repeated(text: string, count: number): string {
  return count === 1 ? text : `${String(count)} x ${text}`;
}

export function shownTime(at: string): string {
  return at.replace('T', ' ').replace(/(\.\d+)?Z$/, '');
}

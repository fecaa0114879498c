/** What happened: event by event, and as a story. */
import { Type, type Static } from 'typebox';
import { formatDuration, parseInstant, type Instant } from '../core/duration.js';
import { invalidInput } from '../core/errors.js';
import { EVENTS, rowAt } from '../core/runs.js';
import { Story } from '../core/story.js';
import { EVENT_TYPES } from '../core/event-types.js';
import type { ControlPlane } from '../control-plane.js';
import type { StateStore } from '../ports.js';
import { defineAction } from './action.js';
import { initially } from './initially.js';
import { after, limit, next } from './paging.js';
import { eventView, storyLineView, viewEvent, viewStoryLine } from './views.js';

const filters = {
  instance: Type.Optional(Type.String({ minLength: 1, description: 'Only those of one instance' })),
  type: Type.Optional(
    Type.String({ minLength: 1, description: 'Only of these types, several by comma' }),
  ),
  clause: Type.Optional(
    Type.String({
      pattern: String.raw`^\d+(\.\d+)*$`,
      description: 'Only by this clause, or one within it: 7.2.3 has 7.2.3.1, too',
    }),
  ),
  from: Type.Optional(
    Type.String({ description: 'Only at this instant of virtual time or later' }),
  ),
  to: Type.Optional(Type.String({ description: 'Only at this instant of virtual time or before' })),
};

type Filters = Static<ReturnType<typeof Type.Object<typeof filters>>>;

export const ListEvents = defineAction({
  name: 'ListEvents',
  method: 'GET',
  path: '/v1/events',
  summary: 'Tell what happened, with virtual times and clause numbers.',
  cli: { command: 'events' },
  input: Type.Object({
    after: initially(
      Type.Integer({
        minimum: 0,
        description: 'Only what has a higher number than this; a lower one where the last is first',
      }),
      0,
    ),
    limit,
    ...filters,
    order: initially(
      Type.Enum(['asc', 'desc'], { description: 'desc: the last one first' }),
      'asc',
    ),
  }),
  output: Type.Object({ events: Type.Array(eventView), next }),
  run({ controlPlane, store }, input) {
    const { after, limit, order } = input;
    const page = store.events({ after, limit, order, ...filterOf(controlPlane, input) });
    return { events: page.rows.map(viewEvent), next: page.next };
  },
});

export const DescribeTimeline = defineAction({
  name: 'DescribeTimeline',
  method: 'GET',
  path: '/v1/timeline',
  summary:
    'Tell the life of an instance, or of all, as a story: what repeats itself, such as hourly charges, is one line.',
  cli: { command: 'timeline', positional: ['instance'] },
  input: Type.Object({ ...filters, after, limit }),
  output: Type.Object({
    lines: Type.Array(storyLineView, {
      description: 'In the order of their last events; a line may go on in the next page',
    }),
    next,
  }),
  run({ controlPlane, store }, input) {
    const filter = filterOf(controlPlane, input);
    const { after, limit } = input;
    const page = store.eventRuns({ after, limit, ...filter });
    const story = new Story();
    for (const run of page.rows) {
      const { first, count } = run;
      story.add({ count, seq: first.seq, at: first.at, last: rowAt(run, EVENTS, count - 1) });
    }
    const begin = beginOf(store, filter.instanceId);
    const lines = story.end().map((line) => {
      return viewStoryLine(line, formatDuration(line.last.at - begin));
    });
    return { lines, next: page.next };
  },
});

/** When the story began: the first event of the instance, or of all. */
function beginOf(store: Pick<StateStore, 'events'>, instanceId: string | undefined): Instant {
  return store.events({ after: 0, limit: 1, instanceId }).rows[0]?.at ?? 0;
}

/** Throws InstanceNotFound, InvalidInput. */
function filterOf(controlPlane: ControlPlane, input: Filters) {
  const { instance, type, clause, from, to } = input;
  return {
    instanceId: instance === undefined ? undefined : controlPlane.instance(instance).id,
    types: type === undefined ? undefined : typesOf(type),
    clause,
    from: from === undefined ? undefined : parseInstant('from', from),
    to: to === undefined ? undefined : parseInstant('to', to),
  };
}

function typesOf(text: string): string[] {
  const known: readonly string[] = EVENT_TYPES;
  const types = text.split(',').map((type) => type.trim());
  const unknown = types.find((type) => !known.includes(type));
  if (unknown === undefined) return types;
  throw invalidInput('type', unknown, `must be one of ${known.join(', ')}`, 'Several by comma');
}

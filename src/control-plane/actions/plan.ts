/** What comes of an instance that nobody pays for. */
import { Type, type Static } from 'typebox';
import { breathe } from '../clock.js';
import { formatDuration, formatInstant } from '../core/duration.js';
import { formatMoney } from '../core/money.js';
import { PlanWalk, type PlannedChange } from '../core/plan.js';
import { defineAction } from './action.js';
import { id } from './instances.js';
import { instant, money, nullable } from './views.js';

/** Between these, sockets have their turn: a plan of many instances is long. */
const STEPS_AT_ONCE = 2_000;

const plannedView = Type.Object({
  at: instant('When'),
  after: Type.String({ description: 'How long from now, such as 8d1h' }),
  what: Type.String({ description: 'What happens' }),
  state: Type.String({ description: 'The state of the instance from then on' }),
  reads: Type.String({ description: '"pass", "closed", or the error line that clients get' }),
  writes: Type.String({ description: '"pass", "closed", or the error line that clients get' }),
  balance: money("The account's balance then"),
  clause: nullable(Type.String({ description: 'Of the terms of service' })),
});
export type PlannedView = Static<typeof plannedView>;

export const planView = Type.Object(
  {
    instanceId: Type.String({ description: 'Of which instance' }),
    now: instant('From when on'),
    until: instant('What comes later was not looked at'),
    changes: Type.Array(plannedView, { description: 'In the order of happening' }),
  },
  { title: 'A plan' },
);
export type PlanView = Static<typeof planView>;

export const DescribeInstancePlan = defineAction({
  name: 'DescribeInstancePlan',
  method: 'GET',
  path: '/v1/instances/:id/plan',
  summary:
    'Show what will happen to an instance, and when, if nobody pays and nobody acts: two years ahead, or until it is deleted.',
  cli: { command: 'instance plan', positional: ['id'] },
  input: Type.Object({ id }),
  output: planView,
  async run({ controlPlane }, input) {
    const walk = new PlanWalk(controlPlane.world, controlPlane.clock.now(), input.id);
    while (walk.walk(STEPS_AT_ONCE)) await breathe();
    return {
      instanceId: input.id,
      now: formatInstant(walk.from),
      until: formatInstant(walk.until),
      changes: walk.changes.map((change) => viewPlanned(change, walk.from)),
    };
  },
});

function viewPlanned(
  { at, event, state, access, balance }: PlannedChange,
  now: number,
): PlannedView {
  return {
    at: formatInstant(at),
    after: formatDuration(at - now),
    what: event.text,
    state,
    reads: access === null ? 'closed' : (access.reads ?? 'pass'),
    writes: access === null ? 'closed' : (access.writes ?? 'pass'),
    balance: formatMoney(balance),
    clause: event.clause,
  };
}

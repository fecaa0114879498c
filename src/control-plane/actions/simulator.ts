/** The simulator itself: its story, its health, its reset. */
import { Type } from 'typebox';
import { EVENT_TYPES, livingInstances } from '../core/world.js';
import { defineAction } from './action.js';
import { after, limit, next } from './paging.js';
import {
  accountView,
  clockView,
  eventView,
  instanceView,
  viewAccount,
  viewClock,
  viewEvent,
  viewInstance,
} from './views.js';

export const ListEvents = defineAction({
  name: 'ListEvents',
  method: 'GET',
  path: '/v1/events',
  summary: 'Tell what happened, with virtual times and clause numbers.',
  cli: { command: 'events' },
  input: Type.Object({
    after,
    limit,
    instance: Type.Optional(
      Type.String({ minLength: 1, description: 'Only those of one instance' }),
    ),
    type: Type.Optional(Type.Enum([...EVENT_TYPES], { description: 'Only of one type' })),
  }),
  output: Type.Object({ events: Type.Array(eventView), next }),
  run({ controlPlane, store }, input) {
    const instanceId =
      input.instance === undefined ? undefined : controlPlane.instance(input.instance).id;
    const page = store.events({
      after: input.after,
      limit: input.limit,
      ...(instanceId === undefined ? {} : { instanceId }),
      ...(input.type === undefined ? {} : { types: [input.type] }),
    });
    return { events: page.rows.map(viewEvent), next: page.next };
  },
});

export const GetStatus = defineAction({
  name: 'GetStatus',
  method: 'GET',
  path: '/v1/status',
  summary: 'Show what runs here: engine, clock, accounts, instances.',
  cli: { command: 'status' },
  input: Type.Object({}),
  output: Type.Object({
    version: Type.String(),
    engine: Type.String(),
    engineReason: Type.String(),
    dataDirectory: Type.Union([Type.String(), Type.Null()]),
    clock: clockView,
    accounts: Type.Array(accountView),
    instances: Type.Array(instanceView),
  }),
  run({ controlPlane, about }) {
    const { world } = controlPlane;
    return {
      version: about.version,
      engine: about.engine,
      engineReason: about.engineReason,
      dataDirectory: about.dataDirectory,
      clock: viewClock(controlPlane),
      accounts: [...world.accounts.values()].map(viewAccount),
      instances: livingInstances(world).map((one) => viewInstance(one, controlPlane)),
    };
  },
});

export const GetHealth = defineAction({
  name: 'GetHealth',
  method: 'GET',
  path: '/v1/health',
  summary:
    'Say whether the simulator works: "ok", or "clock-failed" while time stands for a reason.',
  cli: { command: 'health' },
  input: Type.Object({}),
  output: Type.Object({ status: Type.String(), version: Type.String() }),
  run({ controlPlane, about }) {
    const failed = controlPlane.clockStatus.state === 'failed';
    return { status: failed ? 'clock-failed' : 'ok', version: about.version };
  },
});

export const Reset = defineAction({
  name: 'Reset',
  method: 'POST',
  path: '/v1/reset',
  summary:
    'Begin anew: no instance, one account with the opening balance, no events. The clock goes on.',
  cli: { command: 'reset' },
  input: Type.Object({}),
  output: clockView,
  async run({ controlPlane }) {
    await controlPlane.reset();
    return viewClock(controlPlane);
  },
});

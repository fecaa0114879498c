/** The simulator itself: its health, its reset. */
import { Type } from 'typebox';
import { livingInstances } from '../core/world.js';
import { defineAction } from './action.js';
import { accountView, instanceView, viewAccount, viewInstance } from './views.js';
import { clockView, viewClock } from './clock-view.js';

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

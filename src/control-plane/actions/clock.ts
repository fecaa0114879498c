/** Virtual time. */
import { Type } from 'typebox';
import { RATE_MAX } from '../clock.js';
import { parseDuration, parseInstant, type Instant } from '../core/duration.js';
import { defineAction, type ActionContext } from './action.js';
import { initially } from './initially.js';
import { journey, travelled } from './journey.js';
import { clockView, viewClock } from './clock-view.js';

const steps = Type.Integer({ description: 'How many deadlines were met' });
const { clock, events, next } = journey.properties;
const advance = Type.Object({ clock, steps, events, next });

function travel(context: ActionContext, target: (now: Instant) => Instant) {
  const { controlPlane } = context;
  return travelled(context, async () => ({ steps: await controlPlane.advanceTo(target) }));
}

export const GetClock = defineAction({
  name: 'GetClock',
  method: 'GET',
  path: '/v1/clock',
  summary: 'Show the virtual clock.',
  cli: { command: 'clock show' },
  input: Type.Object({}),
  output: clockView,
  run({ controlPlane }) {
    return viewClock(controlPlane);
  },
});

export const AdvanceClock = defineAction({
  name: 'AdvanceClock',
  method: 'POST',
  path: '/v1/clock/advance',
  summary:
    'Put the clock forward; everything that becomes due on the way happens, in order, each thing at its own time.',
  cli: { command: 'clock advance', positional: ['by'], interruptible: true },
  input: Type.Object({
    by: Type.String({ description: 'How far: 2h, 8d, 1d12h, 90m' }),
  }),
  output: advance,
  run(context, input) {
    const byMs = parseDuration('by', input.by);
    return travel(context, (now) => now + byMs);
  },
});

export const SetClock = defineAction({
  name: 'SetClock',
  method: 'POST',
  path: '/v1/clock/set',
  summary: 'Put the clock forward to an instant.',
  cli: { command: 'clock set', positional: ['to'], interruptible: true },
  input: Type.Object({
    to: Type.String({ description: 'An instant with its zone: 2026-12-01T00:00:00Z' }),
  }),
  output: advance,
  run(context, input) {
    const to = parseInstant('to', input.to);
    return travel(context, () => to);
  },
});

export const InterruptClock = defineAction({
  name: 'InterruptClock',
  method: 'POST',
  path: '/v1/clock/interrupt',
  summary:
    'End the advance that is under way at its next step, and load on demand; answers when the advance has ended, at once where there is none.',
  cli: { command: 'clock interrupt' },
  input: Type.Object({}),
  output: Type.Object({
    interrupted: Type.Boolean({ description: 'Whether there was anything to end' }),
    clock: clockView,
  }),
  async run({ controlPlane, loading }) {
    const wasLoad = loading.stop();
    const interrupted = (await controlPlane.interruptAdvance()) || wasLoad;
    return { interrupted, clock: viewClock(controlPlane) };
  },
});

export const FreezeClock = defineAction({
  name: 'FreezeClock',
  method: 'POST',
  path: '/v1/clock/freeze',
  summary: 'Stop the clock: time passes only by advance and set.',
  cli: { command: 'clock freeze' },
  input: Type.Object({}),
  output: clockView,
  async run({ controlPlane }) {
    await controlPlane.setRate(0);
    return viewClock(controlPlane);
  },
});

export const RunClock = defineAction({
  name: 'RunClock',
  method: 'POST',
  path: '/v1/clock/run',
  summary: 'Let the clock run by itself.',
  cli: { command: 'clock run' },
  input: Type.Object({
    rate: initially(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: RATE_MAX,
        description: 'Virtual seconds for each real one, more than 0, at most 1000000',
      }),
      1,
    ),
  }),
  output: clockView,
  async run({ controlPlane }, input) {
    await controlPlane.setRate(input.rate);
    return viewClock(controlPlane);
  },
});

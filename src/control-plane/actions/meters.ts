/** How hard instances are used. */
import { Type } from 'typebox';
import {
  HOUR_MS,
  formatDuration,
  formatInstant,
  parseDuration,
  parseInstant,
} from '../core/duration.js';
import { invalidInput } from '../core/errors.js';
import { coarser, levelFor, POINTS_MAX } from '../core/meter-history.js';
import { METER_NAMES } from '../core/meters.js';
import { instanceInService } from '../core/case-states.js';
import { defineAction } from './action.js';
import { initially } from './initially.js';
import { id } from './instances.js';
import {
  historyView,
  meterView,
  parseMeters,
  parseValues,
  pointView,
  viewCeilings,
  viewMeter,
  viewPoint,
} from './meter-views.js';

export const DescribeHistoryMonitorValues = defineAction({
  name: 'DescribeHistoryMonitorValues',
  method: 'GET',
  path: '/v1/instances/:id/meters',
  summary: 'Show what the meters of an instance said, over the last hour or another range.',
  cli: { command: 'meters', positional: ['id'] },
  input: Type.Object({
    id,
    meters: Type.Optional(
      Type.String({
        minLength: 1,
        description: "Only these, by comma: names or the vendor's keys (meters list)",
      }),
    ),
    from: Type.Optional(
      Type.String({ description: 'From this instant on; an hour back by default' }),
    ),
    to: Type.Optional(Type.String({ description: 'Up to this instant; now by default' })),
    step: Type.Optional(
      Type.String({
        description: `How much time a point stands for, such as 5m; by default as little as there is, in at most ${String(POINTS_MAX)} points`,
      }),
    ),
  }),
  output: historyView,
  run({ controlPlane, store }, input) {
    const { clock } = controlPlane;
    const instance = controlPlane.instance(input.id);
    const meters = input.meters === undefined ? METER_NAMES : parseMeters('meters', input.meters);
    const to = input.to === undefined ? clock.now() : parseInstant('to', input.to);
    const from = input.from === undefined ? to - HOUR_MS : parseInstant('from', input.from);
    if (from > to) {
      const problem = `is after ${formatInstant(to)}, where the range ends`;
      throw invalidInput(
        'from',
        formatInstant(from),
        problem,
        'Give an earlier one, or a later "to"',
      );
    }
    const wanted = input.step === undefined ? null : parseDuration('step', input.step);
    const { level, stepMs } = levelFor({ from, to }, clock.now(), wanted);
    const filter = { instanceId: instance.id, stepMs: level.stepMs, from, to };
    const points = coarser(store.meters.points(filter), stepMs);
    return {
      instanceId: instance.id,
      ...{ from: formatInstant(from), to: formatInstant(to), step: formatDuration(stepMs) },
      ceilings: viewCeilings(instance, meters),
      points: points.map((point) => viewPoint(point, meters)),
    };
  },
});

export const DescribeMonitorItems = defineAction({
  name: 'DescribeMonitorItems',
  method: 'GET',
  path: '/v1/meters',
  summary: 'List what is metered: names, units, and what stands for several readings.',
  cli: { command: 'meters list' },
  input: Type.Object({}),
  output: Type.Object({ meters: Type.Array(meterView) }),
  run() {
    return { meters: METER_NAMES.map(viewMeter) };
  },
});

const INJECT = 'InjectReading';

export const InjectReading = defineAction({
  name: INJECT,
  method: 'POST',
  path: '/v1/instances/:id/meters',
  summary:
    'Say what meters of an instance say, in place of what they measure; ratios follow. It is marked as injected wherever it is told.',
  cli: { command: 'meters inject', positional: ['id', 'values'] },
  input: Type.Object({
    id,
    values: Type.String({
      minLength: 1,
      description: 'Meters and what they say, by comma, such as CpuUsage=95,memoryUsage=80',
    }),
    for: initially(
      Type.String({ description: 'For how long, in virtual time; then they measure again' }),
      '10m',
    ),
  }),
  output: pointView,
  async run({ controlPlane }, input) {
    const values = parseValues('values', input.values);
    const forMs = parseDuration('for', input.for);
    if (forMs === 0) throw invalidInput('for', input.for, 'must be more than nothing', 'Say 10m');
    return controlPlane.inTurn(async () => {
      const { sampler, clock } = controlPlane;
      const serving = controlPlane.read((draft) => instanceInService(draft, input.id, INJECT));
      const reading = await sampler.inject(serving.id, values, clock.now() + forMs);
      return viewPoint({ ...reading, count: 1 }, METER_NAMES);
    });
  },
});

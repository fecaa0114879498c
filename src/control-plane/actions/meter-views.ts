/** What the API shows of meters: what there are, and what they said. */
import { Type, type Static } from 'typebox';
import { formatDuration, formatInstant } from '../core/duration.js';
import { invalidInput } from '../core/errors.js';
import { LEVELS, type Point } from '../core/meter-history.js';
import {
  ceilingOf,
  METER_NAMES,
  METERS,
  type MeterName,
  type MeterValues,
} from '../core/meters.js';
import type { Instance } from '../core/world.js';
import { instant, nullable } from './view-fields.js';

export const meterView = Type.Object(
  {
    name: Type.String({ description: 'As the vendor calls it' }),
    key: Type.String({ description: "The vendor's MonitorKey, which names several" }),
    unit: Type.String({ description: '%, bytes, KB/s, 1/s, µs, or number' }),
    gathering: Type.String({
      description: 'What stands for several readings: their average, the highest, or the last',
    }),
    what: Type.String({ description: 'For people' }),
  },
  { title: 'A meter' },
);
export type MeterView = Static<typeof meterView>;

export function viewMeter(name: MeterName): MeterView {
  const { key, unit, gathering, what } = METERS[name];
  return { name, key, unit, gathering, what };
}

const values = Type.Record(Type.String(), Type.Number(), {
  description: 'By meter, in its unit; what could not be read is not there',
});
const injected = Type.Boolean({ description: 'Something of it was injected, not measured' });
const load = Type.Boolean({ description: 'Load was made on demand meanwhile' });

export const pointView = Type.Object({
  at: instant('When the step begins'),
  count: Type.Integer({ description: 'How many readings it stands for' }),
  values,
  injected,
  load,
});
export type PointView = Static<typeof pointView>;

export const historyView = Type.Object(
  {
    instanceId: Type.String({ description: 'Of which instance' }),
    from: instant('Where the range begins'),
    to: instant('Where it ends'),
    step: Type.String({
      description: `How much time a point stands for: at least ${LEVELS.map(({ stepMs }) => formatDuration(stepMs)).join(', ')}, by how old it is`,
    }),
    ceilings: Type.Record(Type.String(), nullable(Type.Number()), {
      description: 'What the instance allows now, by meter, in its unit; null: nothing is said',
    }),
    points: Type.Array(pointView, { description: 'In order of time' }),
  },
  { title: 'A history of meters' },
);
export type HistoryView = Static<typeof historyView>;

export function viewPoint(point: Point, meters: readonly MeterName[]): PointView {
  const { at, count, injected: isInjected, load: isLoad } = point;
  const shown = meters.flatMap((name) => {
    const value = point.values[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const marks = { injected: isInjected, load: isLoad };
  return { at: formatInstant(at), count, values: Object.fromEntries(shown), ...marks };
}

export function viewCeilings(
  instance: Instance,
  meters: readonly MeterName[],
): Record<string, number | null> {
  return Object.fromEntries(meters.map((name) => [name, ceilingOf(name, instance)]));
}

/** `CpuUsage,IntranetIn`: names of meters and of the vendor's keys, by comma, in any case. Throws InvalidInput. */
export function parseMeters(field: string, text: string): MeterName[] {
  const wanted = new Set<MeterName>();
  for (const word of text.split(',').map((one) => one.trim())) {
    const found = METER_NAMES.filter((name) => isCalled(name, word));
    if (found.length === 0) throw invalidInput(field, word, 'is no meter', KNOWN);
    for (const name of found) wanted.add(name);
  }
  return METER_NAMES.filter((name) => wanted.has(name));
}

const KNOWN = `Known: ${METER_NAMES.join(', ')}; their keys: meters list`;

function isCalled(name: MeterName, word: string): boolean {
  const lower = word.toLowerCase();
  return name.toLowerCase() === lower || METERS[name].key.toLowerCase() === lower;
}

/** `CpuUsage=95,memoryUsage=80`. Throws InvalidInput. */
export function parseValues(field: string, text: string): MeterValues {
  const said: MeterValues = {};
  for (const pair of text.split(',').map((one) => one.trim())) {
    const [, word = '', number = ''] = /^([^=]+)=(\d+(?:\.\d+)?)$/.exec(pair) ?? [];
    const name = METER_NAMES.find((one) => one.toLowerCase() === word.trim().toLowerCase());
    if (name !== undefined) said[name] = Number(number);
    else if (number === '') {
      const wayOut = 'Give meters with their values by comma, such as CpuUsage=95,memoryUsage=80';
      throw invalidInput(field, pair, 'is not METER=NUMBER', wayOut);
    } else throw invalidInput(field, word, 'is no meter', KNOWN);
  }
  return said;
}

/** Meters for people: a line each, with its course. */
import type { HistoryView, MeterView, PointView } from '../control-plane/actions/meter-views.js';
import {
  METERS,
  METER_NAMES,
  type MeterName,
  type MeterUnit,
} from '../control-plane/core/meters.js';
import type { LoadFigures } from '../control-plane/load-port.js';
import { table } from './table.js';
import { shownTime } from './timeline.js';

export const METER_RENDERERS = {
  DescribeHistoryMonitorValues: historyTable,
  DescribeMonitorItems: meterTable,
  InjectReading: (point: PointView) => pointLine(point),
  LoadInstance: ({ load }: { load: LoadFigures }) => loadLine(load),
};

function loadLine({ seconds, commands, refused, lost, refusal }: LoadFigures): string {
  const answers = `${String(refused)} refused, ${String(lost)} without an answer`;
  const last = refusal === null ? '' : `; the last error: ${refusal}`;
  return `${String(commands)} commands in ${seconds.toFixed(1)} s of real time, ${answers}${last}`;
}

/** So many characters tell the course, each of the same length of time. */
const COURSE_WIDTH = 32;
const LEVELS = '▁▂▃▄▅▆▇█';

function historyTable(history: HistoryView): string {
  const { instanceId, from, to, step, ceilings, points } = history;
  const range = `${instanceId}, ${shownTime(from)} to ${shownTime(to)}`;
  if (points.length === 0) return `${range}: nothing was read`;
  const rows = METER_NAMES.flatMap((name) => {
    const told = points.flatMap(({ at, values }) => {
      const value = values[name];
      return value === undefined ? [] : [{ at: Date.parse(at), value }];
    });
    const last = told.at(-1);
    if (!last) return [];
    const values = told.map(({ value }) => value);
    const ceiling = ceilings[name] ?? null;
    const figures = [
      last.value,
      ceiling,
      Math.min(...values),
      averageOf(values),
      Math.max(...values),
    ];
    return [[name, ...figures.map((one) => shownValue(name, one)), courseOf(history, told)]];
  });
  return [
    `${range}, ${String(points.length)} points of ${step}`,
    table(['METER', 'LAST', 'CEILING', 'LOWEST', 'AVERAGE', 'HIGHEST', 'COURSE'], rows),
    ...marks(points),
  ].join('\n');
}

function marks(points: readonly PointView[]): string[] {
  const [injected, load] = [points.filter((one) => one.injected), points.filter((one) => one.load)];
  return [
    ...(injected.length > 0 ? [`injected: ${spanOf(injected)}`] : []),
    ...(load.length > 0 ? [`under load on demand: ${spanOf(load)}`] : []),
  ];
}

function spanOf(points: readonly PointView[]): string {
  const [first = '', last = ''] = [points[0]?.at, points.at(-1)?.at];
  return `${String(points.length)} points, ${shownTime(first)} to ${shownTime(last)}`;
}

/** From nothing to its highest; a gap is where nothing was read. */
function courseOf(
  { from, to }: HistoryView,
  told: readonly { readonly at: number; readonly value: number }[],
): string {
  const [begin, end] = [Date.parse(from), Date.parse(to)];
  const width = Math.max(end - begin, 1) / COURSE_WIDTH;
  const top = Math.max(...told.map(({ value }) => value));
  const columnOf = (at: number) => Math.min(COURSE_WIDTH - 1, Math.floor((at - begin) / width));
  return Array.from({ length: COURSE_WIDTH }, (_, column) => {
    const within = told.filter(({ at }) => columnOf(at) === column);
    if (within.length === 0) return ' ';
    const share = top === 0 ? 0 : averageOf(within.map(({ value }) => value)) / top;
    return LEVELS[Math.min(LEVELS.length - 1, Math.floor(share * LEVELS.length))] ?? ' ';
  }).join('');
}

/** `2026-01-01 00:00:05  CpuUsage 12.5 %  TotalQps 310 /s`: what a point says, on one line. */
export function pointLine({ at, values, injected, load }: PointView): string {
  const told = METER_NAMES.filter((name) => values[name] !== undefined).map(
    (name) => `${name} ${shownValue(name, values[name] ?? null)}`,
  );
  const marked = [...(injected ? ['injected'] : []), ...(load ? ['under load'] : [])].join(', ');
  return `${shownTime(at)}  ${told.join('  ')}${marked === '' ? '' : `  (${marked})`}`;
}

/** What is told by `--follow` where nobody says what: a line must stay a line. */
export const FOLLOWED: readonly MeterName[] = [
  ...(['CpuUsage', 'memoryUsage', 'ConnCount', 'TotalQps'] as const),
  ...(['InFlow', 'OutFlow', 'AvgRt', 'RefusedCommands'] as const),
];

function meterTable({ meters }: { meters: readonly MeterView[] }): string {
  return table(
    ['METER', 'KEY', 'UNIT', 'OF SEVERAL', 'WHAT IT TELLS'],
    meters.map(({ name, key, unit, gathering, what }) => [name, key, unit, gathering, what]),
  );
}

const SHOWN: Readonly<Record<MeterUnit, (value: number) => string>> = {
  '%': (value) => `${short(value)} %`,
  'KB/s': (value) => (value >= 1024 ? `${short(value / 1024)} MB/s` : `${short(value)} KB/s`),
  '1/s': (value) => `${short(value)} /s`,
  µs: (value) => (value >= 1000 ? `${short(value / 1000)} ms` : `${short(value)} µs`),
  bytes: (value) => `${short(value / 1024 ** 2)} MB`,
  number: short,
};

function shownValue(name: MeterName, value: number | null): string {
  return value === null ? '-' : SHOWN[METERS[name].unit](value);
}

/** Three digits that count. */
function short(value: number): string {
  return String(value >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

function averageOf(values: readonly number[]): number {
  return values.reduce((sum, one) => sum + one, 0) / values.length;
}

/** Classes, ceilings and the ladder of 3.1.3.7 for people. */
import type { AbuseView } from '../control-plane/actions/abuse-views.js';
import type { ClassView } from '../control-plane/actions/classes.js';
import { NO_CEILING } from '../control-plane/core/ceilings.js';
import type { InstanceView } from '../control-plane/actions/views.js';
import { table } from './table.js';

export const LADDER_RENDERERS = {
  ListClasses: classTable,
  AddClasses: classTable,
  DescribeClass: classDetails,
  ListAbuse: ({ abuse }: { readonly abuse: readonly AbuseView[] }) => abuseTable(abuse),
  GetAbuse: (one: AbuseView) => abuseTable([one]),
  AnswerAbuse: (one: AbuseView) => abuseTable([one]),
} as const;

function classTable({ classes }: { readonly classes: readonly ClassView[] }): string {
  return table(
    ['NAME', 'MEMORY', 'CLIENTS', 'MB/S', 'QPS', 'CPU', 'BACKUPS', 'AN HOUR', 'A MONTH', 'KIND'],
    classes.map((one) => [
      ...[one.name, sizeOf(one.memory), String(one.connections), String(one.bandwidth)],
      ...[String(one.qps), String(one.cpu), one.backups ? 'yes' : 'no'],
      ...[one.pricePerHour, one.pricePerMonth, one.title],
    ]),
  );
}

function classDetails(one: ClassView): string {
  const { id, title, sources } = one;
  const values: Readonly<Record<string, string>> = {
    memory: sizeOf(one.memory),
    connections: `${String(one.connections)} clients`,
    newConnections: `${String(one.newConnections)} clients/s`,
    bandwidth: `${String(one.bandwidth)} MB/s each way`,
    qps: `${String(one.qps)} (reference only)`,
    cpu: `${String(one.cpu)} CPU`,
    engineVersions: one.engineVersions.join(', ') || '-',
    backups: one.backups ? 'yes' : 'no',
    pricePerHour: one.pricePerHour,
    pricePerMonth: one.pricePerMonth,
  };
  const rows = Object.entries(sources).map(([fact, source]) => [fact, values[fact] ?? '', source]);
  return `${id}: ${title}\n\n${table(['WHAT', 'VALUE', 'SOURCE'], rows)}`;
}

function abuseTable(abuse: readonly AbuseView[]): string {
  if (abuse.length === 0) return 'no meter was over a threshold so far';
  return table(
    ['ID', 'INSTANCE', 'METER', 'LEVEL', 'SINCE', 'LOAD', 'ANSWER BY', 'NEXT'],
    abuse.map((one) => [
      ...[one.id, one.instanceId, one.meter, one.level, one.since, loadOf(one)],
      ...[one.answer === null ? (one.answerBy ?? '-') : 'answered', one.next],
    ]),
  );
}

/** `bandwidth 10 MB/s; cpu 1 CPU (by hand)`. */
export function ceilingsLine(ceilings: InstanceView['ceilings']): string {
  return ceilings
    .map(({ name, value, unit, set, narrowed }) => {
      const about = [...(set === 'by hand' ? [set] : []), ...narrowed.map((one) => `now ${one}`)];
      const what = value === null ? 'off' : `${String(value)} ${unit}`;
      return `${name} ${what}${about.length > 0 ? ` (${about.join(', ')})` : ''}`;
    })
    .join('; ');
}

/** A line for each meter, below one another. */
export function standingLines(standings: InstanceView['abuse']): Record<string, string> {
  return Object.fromEntries(
    standings.map((one) => [
      `abuse: ${one.meter}`,
      `${one.level}, ${loadOf(one)}; next: ${one.next}`,
    ]),
  );
}

function loadOf(one: Pick<AbuseView, 'share' | 'ceiling' | 'injected' | 'level'>): string {
  if (one.ceiling === NO_CEILING) return one.ceiling;
  if (one.share === null) {
    // Nothing is kept of a meter that never was over a threshold: its figures are in `meters`.
    const known = one.level === 'fair' ? 'over no threshold' : 'not known';
    return `${known}, of ${one.ceiling || 'its ceiling'}`;
  }
  return `${String(one.share)} % of ${one.ceiling}${one.injected ? ', injected' : ''}`;
}

/** MB, or GB where it is a whole number of them. */
function sizeOf(megabytes: number): string {
  const isWhole = megabytes % 1024 === 0;
  return isWhole ? `${String(megabytes / 1024)} GB` : `${String(megabytes)} MB`;
}

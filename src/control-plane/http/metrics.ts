/**
 * What instances do, for Prometheus: its text format 0.0.4 (prometheus.io, "Exposition formats"). Everything is counted
 * elsewhere; here it is written down when somebody asks.
 */
import type { ActionContext } from '../actions/action.js';
import { formatMoney } from '../core/money.js';
import { ceilingOf, METER_NAMES, METERS, type Reading } from '../core/meters.js';
import {
  LATENCY_CLASSES,
  LATENCY_CLASSES_PER_DOUBLING,
  latencyEnd,
  type TrafficCounts,
} from '../core/reading.js';
import { factsOf } from '../core/state-facts.js';
import { livingInstances, type Instance } from '../core/world.js';

export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What is known of one instance; null where it was not read. */
interface Known {
  readonly instance: Instance;
  readonly passed: TrafficCounts | null;
  readonly reading: Reading | null;
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** `_bucket` and the like, after the name. */
  readonly suffix?: string;
}

interface Metric {
  readonly type: 'gauge' | 'counter' | 'histogram';
  readonly help: string;
  readonly samples: (known: Known, context: ActionContext) => readonly Sample[];
}

/** What passed an endpoint since it was opened, as one number. */
function counter(field: keyof TrafficCounts, help: string): Metric {
  return {
    ...{ type: 'counter', help },
    samples: ({ passed }) => (passed ? [{ labels: {}, value: Number(passed[field]) }] : []),
  };
}

/** By name, of each instance; the label `instance` is its id. */
export const INSTANCE_METRICS = {
  frostgate_instance_info: {
    ...{ type: 'gauge', help: 'What the instance is; always 1' },
    samples: ({ instance }) => {
      const { name, accountId: account, instanceClass, state } = instance;
      const { status } = factsOf(instance);
      return [{ labels: { name, account, class: instanceClass, state, status }, value: 1 }];
    },
  },
  frostgate_meter: {
    ...{
      type: 'gauge',
      help: 'What a meter said last, by its name and in its unit as the vendor has them',
    },
    samples: ({ reading }) =>
      METER_NAMES.flatMap((meter) => {
        const value = reading?.values[meter];
        return value === undefined ? [] : [{ labels: { meter, unit: METERS[meter].unit }, value }];
      }),
  },
  frostgate_meter_ceiling: {
    ...{ type: 'gauge', help: 'What the instance allows of it, in the same unit' },
    samples: ({ instance }) =>
      METER_NAMES.flatMap((meter) => {
        const value = ceilingOf(meter, instance);
        return value === null ? [] : [{ labels: { meter, unit: METERS[meter].unit }, value }];
      }),
  },
  frostgate_reading_injected: {
    ...{ type: 'gauge', help: '1 where something of the last reading was injected, not measured' },
    samples: ({ reading }) => mark(reading, 'injected'),
  },
  frostgate_reading_load: {
    ...{ type: 'gauge', help: '1 where load was made on demand at the last reading' },
    samples: ({ reading }) => mark(reading, 'load'),
  },
  frostgate_connections: {
    ...{ type: 'gauge', help: 'Connections of clients now' },
    samples: ({ passed }) => (passed ? [{ labels: {}, value: passed.connections }] : []),
  },
  frostgate_received_bytes_total: counter('bytesIn', 'Bytes that clients sent'),
  frostgate_sent_bytes_total: counter('bytesOut', 'Bytes that clients got'),
  frostgate_commands_total: {
    ...{
      type: 'counter',
      help: 'Commands of clients by what they do, those that were refused included',
    },
    samples: ({ passed }) =>
      (['reads', 'writes', 'others'] as const).flatMap((kind) =>
        passed ? [{ labels: { kind }, value: passed[kind] }] : [],
      ),
  },
  frostgate_refused_commands_total: counter('refusedCommands', 'Commands that the gate refused'),
  frostgate_new_connections_total: counter('newConnections', 'Connections that were made'),
  frostgate_refused_connections_total: counter(
    'refusedConnections',
    'Connections that were refused',
  ),
  frostgate_reply_seconds: {
    ...{ type: 'histogram', help: 'Time from what was sent to Redis together to the first reply' },
    samples: ({ passed }) => (passed ? histogram(passed) : []),
  },
} as const satisfies Record<string, Metric>;

/** By name, of the simulator. */
export const SIMULATOR_METRICS = {
  frostgate_clock_seconds: {
    type: 'gauge',
    help: 'Virtual time, in seconds since 1970',
    value: ({ controlPlane }: ActionContext) => [
      { labels: {}, value: controlPlane.clock.now() / 1000 },
    ],
  },
  frostgate_clock_rate: {
    type: 'gauge',
    help: 'Virtual seconds for each real one',
    value: ({ controlPlane }: ActionContext) => [{ labels: {}, value: controlPlane.clock.rate }],
  },
  frostgate_account_balance: {
    type: 'gauge',
    help: 'Balance of an account; below zero what is owed',
    value: ({ controlPlane }: ActionContext) =>
      [...controlPlane.world.accounts.values()].map(({ id, balance }) => ({
        ...{ labels: { account: id }, value: Number(formatMoney(balance)) },
      })),
  },
} as const satisfies Record<string, Pick<Metric, 'type' | 'help'> & { value: unknown }>;

/** Of all instances that are not gone. */
export async function metricsText(context: ActionContext): Promise<string> {
  const { sampler, world } = context.controlPlane;
  const passed = await sampler.passed();
  const all: Known[] = livingInstances(world).map((instance) => ({
    instance,
    passed: passed.get(instance.id) ?? null,
    reading: sampler.latest(instance.id) ?? null,
  }));
  const lines: string[] = [];
  for (const [name, { type, help, value }] of Object.entries(SIMULATOR_METRICS)) {
    write(lines, name, { type, help }, value(context));
  }
  for (const [name, metric] of Object.entries<Metric>(INSTANCE_METRICS)) {
    const samples = all.flatMap((known) =>
      metric.samples(known, context).map(({ labels, ...rest }) => ({
        ...{ ...rest, labels: { instance: known.instance.id, ...labels } },
      })),
    );
    write(lines, name, metric, samples);
  }
  return `${lines.join('\n')}\n`;
}

function mark(reading: Reading | null, which: 'injected' | 'load'): readonly Sample[] {
  return reading ? [{ labels: {}, value: Number(reading[which]) }] : [];
}

/** A bucket for each doubling, from a microsecond on: the classes in between are for those who ask for the longest. */
function histogram({ latencies, latencySum }: TrafficCounts): readonly Sample[] {
  const buckets: Sample[] = [];
  let count = 0;
  for (let at = 0; at < LATENCY_CLASSES; at += 1) {
    count += latencies[at] ?? 0;
    if (at % LATENCY_CLASSES_PER_DOUBLING !== 0) continue;
    buckets.push({ suffix: '_bucket', labels: { le: String(latencyEnd(at) / 1e6) }, value: count });
  }
  return [
    ...buckets,
    { suffix: '_bucket', labels: { le: '+Inf' }, value: count },
    { suffix: '_sum', labels: {}, value: latencySum / 1e6 },
    { suffix: '_count', labels: {}, value: count },
  ];
}

function write(
  lines: string[],
  name: string,
  { type, help }: Pick<Metric, 'type' | 'help'>,
  samples: readonly Sample[],
): void {
  if (samples.length === 0) return;
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
  for (const { labels, value, suffix = '' } of samples) {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    const shown = pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
    lines.push(`${name}${suffix}${shown} ${String(value)}`);
  }
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

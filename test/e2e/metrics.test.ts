/** /metrics: what Prometheus reads, who may, and that the dashboard asks for nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { METERS } from '../../src/control-plane/core/meters.js';
import { INSTANCE_METRICS, SIMULATOR_METRICS } from '../../src/control-plane/http/metrics.js';
import { startSimulator, type Simulator } from '../../src/simulator.js';
import { command, RawClient } from '../support/raw-client.js';

/** One line of the format: a comment that says something of a name, or a sample. */
const COMMENT = /^# (HELP|TYPE) ([a-z_]+) (.+)$/;
const SAMPLE = /^([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[\d.e+-]+|\+Inf)$/;

interface Sample {
  readonly name: string;
  readonly labels: string;
  readonly value: number;
}

async function metricsOf(simulator: Simulator, headers: Record<string, string> = {}) {
  const response = await fetch(`${simulator.apiUrl ?? ''}/metrics`, { headers });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    text: await response.text(),
  };
}

/** Throws where a line is not of the format, or a sample comes before the type of its name. */
function samplesOf(text: string): Sample[] {
  expect(text.endsWith('\n')).toBe(true);
  const known = new Set<string>();
  return text
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const comment = COMMENT.exec(line);
      if (comment) {
        known.add(comment[2] ?? '');
        return [];
      }
      const [, name = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
      const family = name.replace(/_(bucket|sum|count)$/, '');
      if (!known.has(name) && !known.has(family)) throw new Error(`not of the format: ${line}`);
      return [{ name, labels, value: Number(value) }];
    });
}

test('tells what passed each instance, its meters with their ceilings, and times as a histogram', async () => {
  await using simulator = await startSimulator({ engine: 'process' });
  const { port } = await simulator.createInstance({ name: 'a "b" \\ c' });
  await using client = await RawClient.connect(port ?? 0);
  await client.ask(command('SET', 'k', 'v'));
  await client.ask(command('GET', 'k'), command('GET', 'k'));
  await simulator.advanceClock({ by: '1m' });
  const { status, type, text } = await metricsOf(simulator);
  expect([status, type]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
  const samples = samplesOf(text);
  const of = (name: string, ...labels: string[]) =>
    samples.find((one) => one.name === name && labels.every((label) => one.labels.includes(label)))
      ?.value;
  expect(of('frostgate_commands_total', 'instance="r-1"', 'kind="writes"')).toBe(1);
  expect(of('frostgate_commands_total', 'instance="r-1"', 'kind="reads"')).toBe(2);
  expect(of('frostgate_connections', 'instance="r-1"')).toBe(1);
  expect(of('frostgate_meter', 'meter="Keys"')).toBe(1);
  expect(of('frostgate_meter_ceiling', 'meter="ConnCount"')).toBe(10_000);
  expect(of('frostgate_instance_info', 'name="a \\"b\\" \\\\ c"')).toBe(1);
  expect(of('frostgate_reading_injected')).toBe(0);
  const buckets = samples.filter(({ name }) => name === 'frostgate_reply_seconds_bucket');
  expect(buckets).toHaveLength(28); // one for each doubling, whether it was used or not, and for all
  const counts = buckets.map(({ value }) => value);
  expect(counts).toEqual([...counts].sort((a, b) => a - b));
  expect(buckets.at(-1)?.labels).toContain('le="+Inf"');
  expect(counts.at(-1)).toBe(of('frostgate_reply_seconds_count'));
  expect(of('frostgate_reply_seconds_count')).toBeGreaterThan(0);
  await simulator.injectReading({ id: 'r-1', values: 'CpuUsage=97' });
  const injected = samplesOf((await metricsOf(simulator)).text);
  const marks = injected.filter(({ name }) => name === 'frostgate_reading_injected');
  expect(marks.map(({ value }) => value)).toEqual([1]);
});

test('is behind the same door as the API: no foreign host, and the token where one is wanted', async () => {
  await using simulator = await startSimulator({ engine: 'fake', token: 'let-me-in' });
  expect((await metricsOf(simulator)).status).toBe(401);
  expect((await metricsOf(simulator, { authorization: 'Bearer let-me-in' })).status).toBe(200);
});

test('has all that the dashboard in examples asks for', () => {
  const file = join(import.meta.dirname, '../../examples/grafana/dashboard.json');
  const dashboard = JSON.parse(readFileSync(file, 'utf8')) as {
    panels: { targets: { expr: string }[] }[];
  };
  const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  expect(queries.length).toBeGreaterThan(10);
  const known = [...Object.keys(INSTANCE_METRICS), ...Object.keys(SIMULATOR_METRICS)];
  for (const query of queries) {
    const names = [...query.matchAll(/frostgate_[a-z_]+/g)].map(([name]) =>
      name.replace(/_bucket$/, ''),
    );
    expect(names.length, query).toBeGreaterThan(0);
    for (const name of names) expect(known).toContain(name);
    for (const [, meter] of query.matchAll(/meter="([^"]+)"/g)) {
      expect(Object.keys(METERS)).toContain(meter);
    }
  }
});

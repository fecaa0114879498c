import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ActionClient, EventView, InstanceView, LedgerEntryView } from '../../src/index.js';
import { removeTraces, simulatorIdOf, whyNoDocker } from '../support/docker.js';
import { SimulatorProcess } from '../support/simulator-process.js';

const run = promisify(execFile);
const whyNot = await whyNoDocker();

/** Kills in a row, by what the simulator is in the middle of; `anything` includes its own start. */
const MOMENTS = ['anything', 'an advance', 'a creation', 'a deletion'] as const;
const ROUNDS = { process: 16, docker: 8 };
/** The kill comes at most this long (ms) after the moment began: about as long as it takes. */
const KILL_WITHIN_MS = {
  process: { anything: 1_500, 'an advance': 400, 'a creation': 80, 'a deletion': 30 },
  docker: { anything: 5_000, 'an advance': 400, 'a creation': 1_000, 'a deletion': 600 },
};
/** Some ten thousand steps, about as long as the kill waits; long-advance.test.ts has one that surely takes longer. */
const LONG_ADVANCE = '730d';

const HOUR_MS = 3_600_000;

/** Small and repeatable; the seed is in the title of a failure. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** What was confirmed to the outside before a kill, and must be true after it. */
interface Confirmed {
  readonly instances: Map<string, InstanceView>;
  readonly deleted: Set<string>;
  /** The last value that Redis acknowledged, by instance. */
  readonly counters: Map<string, number>;
  events: EventView[];
  entries: LedgerEntryView[];
  now: string;
}

/** Everything at once, until the simulator is gone. */
async function work(
  client: ActionClient,
  confirmed: Confirmed,
  random: () => number,
): Promise<void> {
  const living = () => [...confirmed.instances.keys()].filter((id) => !confirmed.deleted.has(id));
  const steps: (() => Promise<void>)[] = [
    async () => {
      if (living().length >= 3) return;
      const made = await client.createInstance({});
      confirmed.instances.set(made.id, made);
    },
    async () => {
      const id = living()[Math.floor(random() * living().length)];
      if (id === undefined || living().length < 2) return;
      confirmed.deleted.add(id); // from the moment it is asked for, it may be gone
      // Into the recycle bin, or at once and for good.
      await (random() < 0.5 ? client.deleteInstance({ id }) : client.destroyInstance({ id }));
    },
    async () => {
      await client.topUpAccount({ amount: 1 });
    },
    async () => {
      confirmed.now = (await client.advanceClock({ by: '40d' })).clock.now;
    },
    async () => {
      confirmed.events = await allEvents(client);
      confirmed.entries = await allEntries(client);
    },
  ];
  for (;;) {
    await steps[Math.floor(random() * steps.length)]?.();
    for (const id of living()) await countUp(confirmed, id);
  }
}

/** Brings the simulator to the moment, and does not wait for its end. */
async function bringTo(
  moment: (typeof MOMENTS)[number],
  client: ActionClient,
  confirmed: Confirmed,
  random: () => number,
): Promise<void> {
  const victim = await client.createInstance({});
  confirmed.instances.set(victim.id, victim);
  await countUp(confirmed, victim.id);
  const ignored = () => undefined; // it is killed before it can answer
  switch (moment) {
    case 'an advance':
      void client.advanceClock({ by: LONG_ADVANCE }).catch(ignored);
      break;
    case 'a creation':
      void client.createInstance({}).catch(ignored);
      break;
    case 'a deletion':
      confirmed.deleted.add(victim.id);
      void client.destroyInstance({ id: victim.id }).catch(ignored);
      break;
    case 'anything':
      void work(client, confirmed, random).catch(ignored);
  }
}

async function countUp(confirmed: Confirmed, id: string): Promise<void> {
  const redis = new Redis(confirmed.instances.get(id)?.port ?? 0, {
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
  });
  redis.on('error', () => undefined); // the simulator may be killed meanwhile
  try {
    for (let i = 0; i < 10; i += 1) confirmed.counters.set(id, await redis.incr('counter'));
  } finally {
    redis.disconnect();
  }
}

async function allEvents(client: ActionClient): Promise<EventView[]> {
  const found: EventView[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page = await client.listEvents({ after, limit: 10_000 });
    found.push(...page.events);
    after = page.next;
  }
  return found;
}

async function allEntries(client: ActionClient): Promise<LedgerEntryView[]> {
  const found: LedgerEntryView[] = [];
  for (let after: number | null = 0; after !== null;) {
    const page = await client.listLedger({ after, limit: 10_000 });
    found.push(...page.entries);
    after = page.next;
  }
  return found;
}

async function check(client: ActionClient, confirmed: Confirmed): Promise<void> {
  const { instances } = await client.describeInstances({ all: true });
  expect(instances.filter(({ state }) => state === 'creating')).toEqual([]);
  const isOver = (state: string) => state === 'released' || state === 'deleted';
  const living = instances.filter(({ state }) => !isOver(state));
  for (const [id, known] of confirmed.instances) {
    const found = instances.find((one) => one.id === id);
    expect(found?.port, `the port of ${id}`).toBe(known.port);
    if (!confirmed.deleted.has(id)) expect(found?.state, id).toBe('active');
  }
  for (const instance of living) {
    const redis = new Redis(instance.port ?? 0);
    const value = Number(await redis.get('counter'));
    redis.disconnect();
    expect(value, `data of ${instance.id}`).toBeGreaterThanOrEqual(
      confirmed.counters.get(instance.id) ?? 0,
    );
    confirmed.instances.set(instance.id, instance);
    confirmed.counters.set(instance.id, value);
  }
  for (const { id, state } of instances) if (isOver(state)) confirmed.deleted.add(id);
  const events = await allEvents(client);
  expect(events.slice(0, confirmed.events.length)).toEqual(confirmed.events);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
  const entries = await allEntries(client);
  expect(entries.slice(0, confirmed.entries.length)).toEqual(confirmed.entries);
  confirmed.events = events;
  confirmed.entries = entries;
  const sum = entries.reduce((total, { amount }) => total + Math.round(Number(amount) * 1e6), 0);
  expect((Number((await client.getAccount()).balance) * 1e6).toFixed(0)).toBe(sum.toFixed(0));
  const { now } = await client.getClock();
  // The clock, the ledger and the instances were saved together: each hour that went by is charged, and no other.
  for (const { id, createdAt } of living) {
    const charges = entries.filter((one) => one.kind === 'charge' && one.instanceId === id);
    const hours = Math.floor((Date.parse(now) - Date.parse(createdAt ?? '')) / HOUR_MS);
    expect(charges.length, `hours of ${id}`).toBe(hours);
  }
  expect(now >= confirmed.now, `${now} is not before ${confirmed.now}`).toBe(true);
}

/** Ids of the instances of which a process works in the data directory. */
async function processesIn(dataDir: string): Promise<string[]> {
  const { stdout } = await run('ps', ['-ww', '-eo', 'command=']);
  const found = stdout.matchAll(
    new RegExp(`^\\S*redis-server ${dataDir}/instances/process/(r-\\d+)/`, 'gm'),
  );
  return [...found].map(([, id]) => id ?? '').sort();
}

async function containersAndVolumes(kind: 'ps' | 'volume', simulatorId: string): Promise<string[]> {
  const args = kind === 'ps' ? ['ps', '-a'] : ['volume', 'ls'];
  const label = `label=dev.frostgate.simulator=${simulatorId}`;
  const format = '{{.Label "dev.frostgate.instance"}}';
  const { stdout } = await run('docker', [...args, '--filter', label, '--format', format]);
  return stdout.split('\n').filter(Boolean).sort();
}

test.runIf(process.env.CI)('CI has the Docker engine', () => {
  expect(whyNot).toBeNull();
});

describe.each([
  { engine: 'process', leftOut: null },
  { engine: 'docker', leftOut: whyNot },
] as const)('with the $engine engine (left out: $leftOut)', ({ engine, leftOut }) => {
  let dataDir = '';
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'frostgate-kill-'));
  });
  afterAll(async () => {
    if (engine === 'docker' && leftOut === null) await removeTraces(await simulatorIdOf(dataDir));
    await rm(dataDir, { recursive: true, force: true });
  });

  test.skipIf(leftOut)(
    'a simulator that is killed at any moment comes back with everything it had confirmed, and nothing is left over',
    async () => {
      const seed = Date.now() % 1_000_000;
      const random = randomFrom(seed);
      const args = ['--engine', engine, '--data-dir', dataDir, '--api-port', '0', '--rate', '0'];
      const settings = [...args, '--ports', '26400-26499', '--opening-balance', '1000000'];
      const confirmed: Confirmed = {
        instances: new Map(),
        deleted: new Set(),
        counters: new Map(),
        events: [],
        entries: [],
        now: '',
      };
      for (let round = 0; round < ROUNDS[engine]; round += 1) {
        const moment = MOMENTS[round % MOMENTS.length] ?? 'anything';
        const victim = new SimulatorProcess(settings);
        const brought = victim
          .client()
          .then((client) => bringTo(moment, client, confirmed, random));
        if (moment === 'anything')
          brought.catch(() => undefined); // it may be killed before
        else await brought;
        const afterMs = random() * KILL_WITHIN_MS[engine][moment];
        await new Promise((resolve) => setTimeout(resolve, afterMs));
        expect(await victim.end('SIGKILL'), victim.output).toBe('SIGKILL');
        await brought.catch(() => undefined);

        await using survivor = new SimulatorProcess(settings);
        const client = await survivor.client();
        await check(client, confirmed).catch((error: unknown) => {
          throw new Error(
            `round ${String(round)} of seed ${String(seed)}, killed in ${moment} after ${String(afterMs)} ms`,
            { cause: error },
          );
        });
        const living = (await client.describeInstances()).instances.map(({ id }) => id).sort();
        const binned = (await client.describeRecycleBin()).instances.map(({ id }) => id);
        const kept = [...living, ...binned].sort();
        if (engine === 'process') {
          expect(await processesIn(dataDir)).toEqual(living);
          expect((await readdir(join(dataDir, 'instances', 'process'))).sort()).toEqual(kept);
        } else {
          const simulatorId = await simulatorIdOf(dataDir);
          expect(await containersAndVolumes('ps', simulatorId)).toEqual(kept);
          expect(await containersAndVolumes('volume', simulatorId)).toEqual(kept);
        }
        for (const id of living.slice(2)) {
          confirmed.deleted.add(id);
          await client.destroyInstance({ id });
        }
        expect(await survivor.end('SIGTERM'), survivor.output).toBe(0);
        expect(await processesIn(dataDir)).toEqual([]);
      }
      // The test is worth something only if there was something to lose.
      expect(confirmed.instances.size).toBeGreaterThan(1);
      expect(confirmed.events.length).toBeGreaterThan(10);

      await using last = new SimulatorProcess(settings);
      const client = await last.client();
      await client.reset();
      expect((await client.describeInstances({ all: true })).instances).toEqual([]);
      if (engine === 'process') expect(await processesIn(dataDir)).toEqual([]);
      else expect(await containersAndVolumes('volume', await simulatorIdOf(dataDir))).toEqual([]);
    },
    300_000,
  );
});

/** `frostgate meters`, and everything else about load: what people read, what --follow goes on with, and --json. */
import { Value } from 'typebox/value';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Action } from '../../src/control-plane/actions/action.js';
import { ACTIONS } from '../../src/control-plane/actions/index.js';
import type { Simulator } from '../../src/index.js';
import { frostgateAt, Running, type Outcome } from '../support/cli.js';
import { ABOUT_LOAD } from '../support/json-story.js';
import { simulator } from '../support/simulator.js';

let sim: Simulator;
let run: ReturnType<typeof frostgateAt>;
beforeEach(async () => {
  sim = await simulator();
  run = frostgateAt(sim.apiUrl);
});
afterEach(() => sim.close());

/** What a command that succeeds prints. */
async function said(outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome;
  expect(`${stderr}${String(code)}`).toBe('0');
  return stdout.trimEnd();
}

test('meters are a table with a course for each, and what was injected is marked', async () => {
  await sim.createInstance();
  for (const percent of [10, 20, 40, 80]) {
    await sim.injectReading({ id: 'r-1', values: `CpuUsage=${String(percent)}`, for: '1h' });
    await sim.advanceClock({ by: '15m' });
  }
  expect(await said(run('meters', 'r-1', '--meters', 'cpuusage'))).toMatchInlineSnapshot(`
    "r-1, 2026-01-01 00:00:00 to 2026-01-01 01:00:00, 5 points of 5s
    METER     LAST  CEILING  LOWEST  AVERAGE  HIGHEST  COURSE
    CpuUsage  80 %  100 %    10 %    46 %     80 %     ▂       ▃       ▅       █      █
    injected: 5 points, 2026-01-01 00:00:00 to 2026-01-01 01:00:00"
  `);
  const asked = await run('meters', 'r-1', '--meters', 'Cpu');
  expect(asked).toMatchObject({ code: 2, stdout: '' });
  expect(asked.stderr).toContain('meters: is no meter, got "Cpu"');
});

test('meters can be followed, over a rollback too, until the simulator ends', async () => {
  await sim.createInstance();
  const { id: before } = await sim.takeCheckpoint({});
  const env = { FROSTGATE_URL: sim.apiUrl ?? '' };
  await using text = new Running(['meters', 'r-1', '--follow'], env);
  await using json = new Running(['meters', 'r-1', '--follow', '--json'], env);
  const say = async (percent: number) => {
    await sim.injectReading({ id: 'r-1', values: `CpuUsage=${String(percent)}`, for: '1d' });
    await text.says(new RegExp(`CpuUsage ${String(percent)} %.*\\(injected\\)`));
    await json.says(new RegExp(`"CpuUsage":${String(percent)}[,}].*"injected":true`));
  };
  await sim.advanceClock({ by: '10m' });
  await say(41);
  await sim.rollBack({ id: before });
  await say(42);
  await sim.advanceClock({ by: '1m' });
  await say(43);
  await sim.close();
  expect(await Promise.all([text.ended, json.ended])).toEqual([0, 0]);
  expect([text.stderr, json.stderr]).toEqual(['', '']);
  for (const line of json.stdout.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('at');
});

test('with --json, the commands about load, ceilings and checkpoints print what the API answers', async () => {
  const used = new Set<string>();
  const json = async (command: string, ...args: readonly string[]): Promise<unknown> => {
    used.add(command);
    return JSON.parse(await said(run(...command.split(' '), ...args, '--json')));
  };
  const shown = async () => (await sim.describeInstances()).instances[0];
  await sim.createInstance();

  const own = { name: 'tiny', extends: 'redis.master.micro.default', memory: 16, source: 'ours' };
  const added = await json('classes add', JSON.stringify({ classes: [own] }));
  expect(added).toMatchObject({ classes: [{ name: 'tiny', memory: 16 }] });
  expect(await json('classes show', 'tiny')).toEqual(await sim.describeClass({ name: 'tiny' }));
  expect(await json('classes list')).toEqual(await sim.listClasses());

  expect(await json('instance ceilings', 'r-1', '--connections', '5')).toEqual(await shown());
  expect(await json('instance traffic', 'r-1')).toEqual(await sim.describeTraffic({ id: 'r-1' }));

  expect(await json('meters list')).toEqual(await sim.describeMonitorItems());
  const injected = await json('meters inject', 'r-1', 'CpuUsage=99', '--for', '2d');
  expect(injected).toMatchObject({ at: '2026-01-01T00:00:00Z', injected: true });
  await sim.advanceClock({ by: '90m' });
  await sim.advanceClock({ by: '1m' });
  // Up to a moment that is over: nothing is read there any more.
  const range = { id: 'r-1', to: '2026-01-01T01:30:00Z' };
  const history = await json('meters', 'r-1', '--to', range.to);
  expect(history).toEqual(await sim.describeHistoryMonitorValues(range));
  expect(history).toHaveProperty('points.0.injected', true);

  expect(await json('abuse list')).toEqual(await sim.listAbuse({}));
  expect(await json('abuse show', 'ab-1')).toEqual(await sim.getAbuse({ abuse: 'ab-1' }));
  const answered = await json('abuse answer', 'ab-1', '--text', 'a job ran wild');
  expect(answered).toEqual(await sim.getAbuse({ abuse: 'ab-1' }));
  expect(answered).toMatchObject({ level: 'excessive', answer: 'a job ran wild' });

  const taken = await json('checkpoint take');
  expect(await json('checkpoint list')).toEqual({ checkpoints: [taken] });
  const { now } = await sim.getClock();
  const loaded = await json('load', 'r-1', '--commands', '20', '--for', '1s');
  expect(Value.Check(ACTIONS.LoadInstance.output, loaded)).toBe(true);
  expect(loaded).toMatchObject({ clock: await sim.getClock(), load: { refused: 0, lost: 0 } });
  expect(await json('load stop', 'r-1')).toEqual({ stopped: false });
  const rolled = await json('checkpoint rollback', (taken as { id: string }).id);
  expect(Value.Check(ACTIONS.RollBack.output, rolled)).toBe(true);
  expect(await sim.getClock()).toMatchObject({ now });
  await json('checkpoint forget', (taken as { id: string }).id);
  expect(await sim.listCheckpoints()).toEqual({ checkpoints: [] });

  const all = Object.values(ACTIONS) as readonly Action[];
  const here = all.map(({ cli }) => cli.command).filter((one) => ABOUT_LOAD.test(one));
  expect([...used].sort()).toEqual(here.sort());
}, 120_000);

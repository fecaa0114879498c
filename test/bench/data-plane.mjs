// The data plane against direct Redis, HAProxy in TCP mode and twemproxy: in one run, interleaved, as ratios.
// Needs redis-server, redis-benchmark and redis-cli; haproxy and nutcracker where they are there. Installs nothing.
//   npm run bench [-- --rounds 5 --scenarios get,get-64k --targets haproxy,frostgate --tuning --json FILE --strict]
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { machine } from './machine.mjs';
import { checkValue, leaveValue, measured } from './redis-benchmark.mjs';
import { allHold, figuresOf, printReport } from './report.mjs';
import { chosenScenarios } from './scenarios.mjs';
import { require, Stage } from './stage.mjs';
import { chosenTargets, startRedis } from './targets.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    scenarios: { type: 'string' },
    targets: { type: 'string' },
    /** Also the settings that the others were tried with and that were not taken. */
    tuning: { type: 'boolean', default: false },
    /** Writes the figures there, and every sample. */
    json: { type: 'string' },
    /** Exits with 1 where a bar is missed or cannot be judged. */
    strict: { type: 'boolean', default: false },
  },
});
/** Of a counted run, before the first round: code is compiled and buffers have grown when it counts. */
const WARM_UP_SHARE = 0.25;

await require(['redis-server', 'redis-benchmark', 'redis-cli']);
const rounds = Number(options.rounds);
const scenarios = chosenScenarios(options.scenarios?.split(','));
const targets = await chosenTargets(options.targets?.split(','), options.tuning);
const about = await machine();
const stage = await Stage.open();
try {
  const redisPort = await startRedis(stage);
  const started = [];
  for (const target of targets) {
    started.push({ name: target.name, at: await target.start(stage, redisPort) });
  }
  const samples = {};
  for (const scenario of scenarios) {
    samples[scenario.name] = Object.fromEntries(started.map(({ name }) => [name, []]));
    for (const { name, at } of started) {
      await leaveValue(at, scenario.bytes);
      await checkValue(name, at, scenario.bytes);
      await measured(at, scenario, Math.ceil(scenario.requests * WARM_UP_SHARE));
    }
  }
  for (let round = 0; round < rounds; round += 1) {
    for (const scenario of scenarios) {
      for (const { at } of started) await leaveValue(at, scenario.bytes);
      for (const { name, at } of turned(started, round)) {
        samples[scenario.name][name].push(await measured(at, scenario));
      }
    }
    console.error(`round ${round + 1} of ${rounds}`);
  }
  const figures = figuresOf(scenarios, samples);
  printReport(figures, { rounds, about });
  if (options.json !== undefined) {
    await writeFile(options.json, JSON.stringify({ about, rounds, figures, samples }, null, 2));
  }
  if (options.strict && !allHold(figures)) process.exitCode = 1;
} finally {
  await stage.close();
}

/** Each round begins with another target: nobody always follows the same one, or comes first after a pause. */
function turned(list, by) {
  const from = by % list.length;
  return [...list.slice(from), ...list.slice(0, from)];
}

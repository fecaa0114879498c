// What metering costs: a Frostgate as it is, and one that counts nothing of what passes, in one run, taking turns.
//   npm run bench:metering [-- --rounds 7 --scenarios get,get-p16 --json FILE]
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createBenchInstance, startFrostgate } from './frostgate.mjs';
import { machine, shownMachine } from './machine.mjs';
import { leaveValue, measured } from './redis-benchmark.mjs';
import { chosenScenarios, described } from './scenarios.mjs';
import { require, Stage } from './stage.mjs';
import { ratiosOf, shownSpread, spreadOf } from './statistics.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    scenarios: { type: 'string', default: 'get,get-p16,get-64k' },
    json: { type: 'string' },
  },
});
/** Of a counted run, before the first round: code is compiled and buffers have grown when it counts. */
const WARM_UP_SHARE = 0.5;
const UNMETERED = fileURLToPath(new URL('unmetered.mjs', import.meta.url));
const MODES = { metered: '', unmetered: `--import=${UNMETERED}` };

await require(['redis-server', 'redis-benchmark']);
const scenarios = chosenScenarios(options.scenarios.split(','));
const rounds = Number(options.rounds);
const about = await machine();
const stage = await Stage.open();
try {
  const targets = {};
  for (const [mode, nodeOptions] of Object.entries(MODES)) {
    const { api, child } = await startFrostgate(stage, ['--engine', 'process'], nodeOptions);
    const { id, port, login } = await createBenchInstance(api);
    targets[mode] = { api, id, port, login, child };
  }
  const samples = {};
  for (const scenario of scenarios) {
    samples[scenario.name] = { metered: [], unmetered: [] };
    for (const at of Object.values(targets)) {
      await leaveValue(at, scenario.bytes);
      await measured(at, scenario, Math.ceil(scenario.requests * WARM_UP_SHARE));
    }
  }
  await checkModes(targets);
  for (let round = 0; round < rounds; round += 1) {
    for (const scenario of scenarios) {
      for (const at of Object.values(targets)) await leaveValue(at, scenario.bytes);
      const order = Object.entries(targets);
      for (const [mode, at] of round % 2 === 0 ? order : order.reverse()) {
        samples[scenario.name][mode].push(await measured(at, scenario));
      }
    }
    console.error(`round ${round + 1} of ${rounds}`);
  }
  console.log(`${shownMachine(about)}; ${rounds} rounds; median (min to max)`);
  for (const scenario of scenarios) {
    const { metered, unmetered } = samples[scenario.name];
    const of = (list, what) => list.map((one) => one[what]);
    const ratio = (what) => spreadOf(ratiosOf(of(metered, what), of(unmetered, what)));
    const cost = (list) => shownSpread(spreadOf(of(list, 'costUs')));
    console.log(`\n${described(scenario)}`);
    console.log(`  rate, of that of the one that counts nothing: ${shownSpread(ratio('rate'))}`);
    console.log(
      `  us a command: ${cost(metered)}, and ${cost(unmetered)} where nothing is counted`,
    );
    console.log(`  that is ${shownSpread(ratio('costUs'))} times as much`);
  }
  if (options.json !== undefined) {
    await writeFile(options.json, JSON.stringify({ about, rounds, samples }, null, 2));
  }
} finally {
  await stage.close();
}

/** Throws unless the one has counted, and the other one has not. */
async function checkModes({ metered, unmetered }) {
  for (const { child } of [metered, unmetered]) child.kill('SIGCONT');
  const reads = async ({ api, id }) => (await api.get(`/v1/instances/${id}/traffic`)).reads;
  const [some, none] = [await reads(metered), await reads(unmetered)];
  for (const { child } of [metered, unmetered]) child.kill('SIGSTOP');
  if (some === 0 || none !== 0)
    throw new Error(`counted: ${some}, and ${none} where none should be`);
}

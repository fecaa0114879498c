// Whether the two rooms leave each other alone.
//   (a) while a clock is advanced by a year with a hundred instances, the p99 of GET through the proxy stays within
//       twice its idle value; beside it, as a measure of the machine, the p99 while a process runs that only counts;
//   (b) while the proxy is flooded, GET /v1/health answers within 50 ms at p99.
// Load and measurement are processes of their own; idle and busy windows take turns.
//   npm run bench:isolation [-- --rounds 3 --instances 100 --by 365d --json FILE --strict]
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createBenchInstance, startFrostgate } from './frostgate.mjs';
import { machine, shownMachine } from './machine.mjs';
import { nextLineOf, require, Stage } from './stage.mjs';
import { quantile, shownSpread, spreadOf } from './statistics.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    instances: { type: 'string', default: '100' },
    by: { type: 'string', default: '365d' },
    json: { type: 'string' },
    /** Exits with 1 where a bar is missed. */
    strict: { type: 'boolean', default: false },
  },
});
const P99_RATIO_MAX = 2;
const HEALTH_P99_MAX_MS = 50;
/** Requests a second: far below what the proxy can do, so that what is seen is waiting and not work. */
const GET_RATE = 1000;
const HEALTH_RATE = 100;
/** At least so long, so that each window has its thousands of samples. */
const WINDOW_MS = 6000;
/** After the start and between windows: what the one before left behind is not the next one's. */
const SETTLE_MS = 1000;
const SHARES = { p50: 0.5, p99: 0.99, p999: 0.999, max: 1 };

await require(['redis-server']);
const about = await machine();
const stage = await Stage.open();
try {
  const { api, instance } = await prepare();
  const advance = await duringAdvance(api, instance);
  const flood = await duringFlood(api, instance);
  report(advance, flood);
  if (options.json !== undefined) {
    await writeFile(options.json, JSON.stringify({ about, options, advance, flood }, null, 2));
  }
  if (options.strict && !(advance.holds && flood.holds)) process.exitCode = 1;
} finally {
  await stage.close();
}

/** A hundred instances, each with a Redis of its own, and enough money for all the years to come. */
async function prepare() {
  const ports = `26600-${26_600 + Number(options.instances) + 99}`;
  const settings = ['--engine', 'process', '--ports', ports, '--opening-balance', '1000000000'];
  const { api } = await startFrostgate(stage, settings);
  const instance = await createBenchInstance(api);
  for (let i = 1; i < Number(options.instances); i += 1) await api.post('/v1/instances');
  console.error(`${options.instances} instances are up`);
  return { api, instance };
}

async function duringAdvance(api, { port, login }) {
  const client = await paced('redis', String(port), GET_RATE, login);
  const rounds = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const idle = await client.window(() => pause(WINDOW_MS));
    const begin = performance.now();
    let tookMs = 0;
    // Further years where one does not fill the window.
    const busy = await client.window(async () => {
      do {
        await api.post('/v1/clock/advance', { by: options.by });
        tookMs ||= performance.now() - begin;
      } while (performance.now() - begin < WINDOW_MS);
    });
    const counter = child('counting.mjs', []);
    await nextLineOf(counter);
    const counting = await client.window(() => pause(WINDOW_MS));
    counter.stdin.end();
    rounds.push({ tookMs, idle, counting, busy, ratio: busy.p99 / idle.p99 });
    console.error(`advance, round ${round + 1} of ${options.rounds}: ${tookMs.toFixed(0)} ms`);
  }
  const ratio = spreadOf(rounds.map((one) => one.ratio));
  const ofCounting = spreadOf(rounds.map(({ counting, idle }) => counting.p99 / idle.p99));
  return { rounds, ratio, ofCounting, holds: ratio.median <= P99_RATIO_MAX };
}

async function duringFlood(api, { port, login }) {
  const client = await paced('health', api.url, HEALTH_RATE, null);
  const rounds = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const idle = await client.window(() => pause(WINDOW_MS));
    const flood = child('flood.mjs', [String(port), JSON.stringify(login)]);
    await nextLineOf(flood);
    const busy = await client.window(() => pause(WINDOW_MS));
    flood.stdin.end();
    rounds.push({ idle, busy });
    console.error(`flood, round ${round + 1} of ${options.rounds}`);
  }
  const p99 = spreadOf(rounds.map(({ busy }) => busy.p99));
  return { rounds, p99, holds: p99.median <= HEALTH_P99_MAX_MS };
}

/** A process that asks at a pace all the time; its windows are what is looked at. */
async function paced(kind, address, rate, login) {
  const asker = child('paced.mjs', [kind, address, String(rate), JSON.stringify(login)]);
  await nextLineOf(asker);
  return {
    async window(work) {
      await pause(SETTLE_MS);
      asker.stdin.write('begin\n');
      await work();
      asker.stdin.write('end\n');
      const { latenciesMs, lateCount } = JSON.parse(await nextLineOf(asker));
      const figures = Object.entries(SHARES).map(([name, share]) => [
        name,
        quantile(latenciesMs, share),
      ]);
      return { samples: latenciesMs.length, lateCount, ...Object.fromEntries(figures) };
    },
  };
}

function child(file, args) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return stage.start(process.execPath, [path, ...args]);
}

function report(advance, flood) {
  const verdict = (holds) => (holds ? 'holds' : 'DOES NOT HOLD');
  console.log(`${shownMachine(about)}; ${options.rounds} rounds; median (min to max)`);
  console.log(`\nGET during clock advance ${options.by}, ${options.instances} instances`);
  printWindows(advance.rounds, ['idle', 'counting', 'busy']);
  const took = spreadOf(advance.rounds.map(({ tookMs }) => tookMs / 1000));
  console.log(`  the advance takes ${shownSpread(took, 1)} s`);
  console.log(
    `  p99 is ${shownSpread(advance.ratio)} times the idle one, bar ${P99_RATIO_MAX}: ${verdict(advance.holds)}`,
  );
  console.log(
    `  beside a process that only counts it is ${shownSpread(advance.ofCounting)} times the idle one`,
  );
  console.log('\nGET /v1/health during a flood through the proxy');
  printWindows(flood.rounds, ['idle', 'busy']);
  console.log(
    `  p99 is ${shownSpread(flood.p99, 1)} ms, bar ${HEALTH_P99_MAX_MS} ms: ${verdict(flood.holds)}`,
  );
}

function printWindows(rounds, kinds) {
  for (const kind of kinds) {
    const windows = rounds.map((round) => round[kind]);
    const figures = Object.keys(SHARES).map(
      (name) => `${name} ${shownSpread(spreadOf(windows.map((one) => one[name])))} ms`,
    );
    const samples = windows.reduce((sum, one) => sum + one.samples, 0);
    const late = windows.reduce((sum, one) => sum + one.lateCount, 0);
    console.log(`  ${kind}: ${figures.join(', ')}; ${samples} samples, ${late} sent late`);
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

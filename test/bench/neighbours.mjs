// Whether instances on one machine leave each other alone: while one of them is flooded, the p99 of GET on another one
// stays within twice its idle value of the same round. Load and measurement are processes of their own.
//   npm run bench:neighbours [-- --rounds 5 --window 4000 --unlimited --json FILE --strict]
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startFrostgate } from './frostgate.mjs';
import { machine, shownMachine } from './machine.mjs';
import { nextLineOf, require, Stage } from './stage.mjs';
import { quantile, shownSpread, spreadOf } from './statistics.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    /** Of each window, in milliseconds. */
    window: { type: 'string', default: '4000' },
    /** The flooded one has no ceiling of bandwidth; without this, it has that of its class. */
    unlimited: { type: 'boolean', default: false },
    json: { type: 'string' },
    /** Exits with 1 where the bar is missed. */
    strict: { type: 'boolean', default: false },
  },
});
const P99_RATIO_MAX = 2;
/** Requests a second: far below what the proxy can do, so that what is seen is waiting and not work. */
const GET_RATE = 1000;
/** What the window before left behind is not the next one's. */
const SETTLE_MS = 500;

await require(['redis-server']);
const about = await machine();
const stage = await Stage.open();
try {
  const settings = ['--engine', 'process', '--ports', '26800-26820'];
  const { api } = await startFrostgate(stage, settings);
  const bandwidth = options.unlimited ? { bandwidth: 0 } : {};
  const flooded = await api.post('/v1/instances', { name: 'flooded', ...bandwidth });
  const neighbour = await api.post('/v1/instances', { name: 'neighbour' });
  const asker = await paced(neighbour.port);
  const rounds = [];
  for (let round = 0; round < Number(options.rounds); round += 1) {
    const idle = await asker.window();
    const flood = child('flood.mjs', [String(flooded.port)]);
    await nextLineOf(flood);
    const busy = await asker.window();
    flood.stdin.end();
    rounds.push({ idle, busy, ratio: busy.p99 / idle.p99 });
    console.error(`round ${round + 1} of ${options.rounds}`);
  }
  const ratio = spreadOf(rounds.map((one) => one.ratio));
  const holds = ratio.median <= P99_RATIO_MAX;
  const ceiling = options.unlimited ? 'without a ceiling' : 'with the bandwidth of its class';
  console.log(`${shownMachine(about)}; ${options.rounds} rounds; median (min to max)`);
  console.log(`\nGET on an instance while another one, ${ceiling}, is flooded`);
  for (const kind of ['idle', 'busy']) {
    const figures = ['p50', 'p99', 'max'].map(
      (name) => `${name} ${shownSpread(spreadOf(rounds.map((one) => one[kind][name])))} ms`,
    );
    console.log(`  ${kind}: ${figures.join(', ')}`);
  }
  const verdict = holds ? 'holds' : 'DOES NOT HOLD';
  console.log(
    `  p99 is ${shownSpread(ratio)} times the idle one, bar ${P99_RATIO_MAX}: ${verdict}`,
  );
  if (options.json !== undefined) {
    await writeFile(options.json, JSON.stringify({ about, options, rounds, ratio }, null, 2));
  }
  if (options.strict && !holds) process.exitCode = 1;
} finally {
  await stage.close();
}

async function paced(port) {
  const asker = child('paced.mjs', ['redis', String(port), String(GET_RATE), 'null']);
  await nextLineOf(asker);
  return {
    async window() {
      await pause(SETTLE_MS);
      asker.stdin.write('begin\n');
      await pause(Number(options.window));
      asker.stdin.write('end\n');
      const { latenciesMs } = JSON.parse(await nextLineOf(asker));
      const [p50, p99, max] = [0.5, 0.99, 1].map((share) => quantile(latenciesMs, share));
      return { samples: latenciesMs.length, p50, p99, max };
    },
  };
}

function child(file, args) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  return stage.start(process.execPath, [path, ...args]);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

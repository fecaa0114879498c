// How long an advance takes, and how much memory: a year with a hundred pay-as-you-go instances unless told otherwise.
// Frostgate is a process of its own, spoken to over its API, with a Redis for each instance where redis-server is
// there. Without it, and with --outside fake, nothing is outside: what is left is deciding, saving and announcing.
//   npm run bench:advance [-- --instances 100 --by 365d --outside process|fake --json FILE --strict]
import { readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startFrostgate } from './frostgate.mjs';
import { machine, shownMachine } from './machine.mjs';
import { has, Stage } from './stage.mjs';

const { values: options } = parseArgs({
  options: {
    instances: { type: 'string', default: '100' },
    by: { type: 'string', default: '365d' },
    outside: { type: 'string' },
    json: { type: 'string' },
    /** Exits with 1 where the bar is missed. */
    strict: { type: 'boolean', default: false },
  },
});
const SECONDS_MAX = 10;
const MEMORY_EVERY_MS = 50;
const MB = 1024;

const outside = options.outside ?? ((await has('redis-server')) ? 'process' : 'fake');
const about = await machine();
const stage = await Stage.open();
try {
  const ports = `26800-${26_800 + Number(options.instances) + 99}`;
  const settings = ['--engine', outside, '--ports', ports, '--opening-balance', '1000000000'];
  const { api, child } = await startFrostgate(stage, settings);
  for (let i = 0; i < Number(options.instances); i += 1) await api.post('/v1/instances');
  console.error(`${options.instances} instances are up, outside: ${outside}`);
  const figures = await measure(api, child.pid);
  report(figures);
  if (options.json !== undefined) {
    await writeFile(options.json, JSON.stringify({ about, options, outside, ...figures }, null, 2));
  }
  if (options.strict && figures.seconds > SECONDS_MAX) process.exitCode = 1;
} finally {
  await stage.close();
}

async function measure(api, pid) {
  const before = await memoryOf(pid);
  let most = before;
  let isOver = false;
  const watch = async () => {
    for (; !isOver; await pause(MEMORY_EVERY_MS)) most = Math.max(most, await memoryOf(pid));
  };
  const watched = watch();
  const begin = performance.now();
  const { steps } = await api.post('/v1/clock/advance', { by: options.by });
  const seconds = (performance.now() - begin) / 1000;
  isOver = true;
  await watched;
  return { seconds, steps, memoryMb: { before, most, after: await memoryOf(pid) } };
}

/** Of the whole process, its data plane's thread included; Linux tells it in KB. */
async function memoryOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / MB);
}

function report({ seconds, steps, memoryMb }) {
  const { before, most, after } = memoryMb;
  console.log(shownMachine(about));
  console.log(`clock advance ${options.by}, ${options.instances} instances, outside: ${outside}`);
  console.log(`  ${seconds.toFixed(2)} s for ${steps} steps, bar ${SECONDS_MAX} s`);
  console.log(`  resident memory: ${before} MB before, ${most} MB at most, ${after} MB after`);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

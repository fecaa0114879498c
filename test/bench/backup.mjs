// What backups of large data cost: 1 GB of keys of 1 KB, and one value of 500 MB, are each backed up, and restored over
// their instance. Frostgate is a process of its own, spoken to over its API, with redis-server outside. Printed: seconds,
// MB/s of the file, what the simulator holds beyond what it held idle, and what clients notice: one of another instance
// all the time, those of the instance itself while it is backed up, and how long a restore keeps them out.
//   npm run bench:backup [-- --mb 1000 --json FILE --strict]
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import { startFrostgate } from './frostgate.mjs';
import { machine, shownMachine } from './machine.mjs';
import { nextLineOf, require, Stage } from './stage.mjs';
import { quantile } from './statistics.mjs';

const { values: options } = parseArgs({
  options: {
    /** Of keys. */
    mb: { type: 'string', default: '1000' },
    json: { type: 'string' },
    /** Exits with 1 where the bar is missed. */
    strict: { type: 'boolean', default: false },
  },
});
const GROWTH_MB_MAX = 100;
const KB = 1024;
const MB = KB * KB;
const MEMORY_EVERY_MS = 20;
const IDLE_MS = 4000;
const SETTLE_MS = 2000;
/** Requests a second of the client that shall notice nothing. */
const GET_RATE = 500;
/** How often one that was disconnected comes again (ms). */
const COMES_AGAIN_MS = 20;
const VALUE_BYTES = 1000;
const FILL_AT_ONCE = 1000;
/** ARGV: the first key, the last one, the bytes of a value, and random bytes to take them from: nothing compresses. */
const FILL = `
  for at = ARGV[1], ARGV[2] do
    local from = (at * 7919) % (#ARGV[4] - ARGV[3])
    redis.call('SET', 'key:' .. at, string.sub(ARGV[4], from, from + ARGV[3] - 1))
  end`;
const RANDOM = randomBytes(200_000);
const LONG_VALUE_MB = 500;
const CLASS = 'redis.master.stand.default';

const CASES = [
  {
    name: `${options.mb} MB in keys of 1 KB`,
    async fill(redis) {
      const keys = (Number(options.mb) * MB) / VALUE_BYTES;
      for (let from = 1; from <= keys; from += FILL_AT_ONCE) {
        await redis.eval(FILL, 0, from, from + FILL_AT_ONCE - 1, VALUE_BYTES, RANDOM);
      }
    },
  },
  {
    name: `one value of ${LONG_VALUE_MB} MB`,
    async fill(redis) {
      const part = randomBytes(MB);
      for (let at = 0; at < LONG_VALUE_MB; at += 1) await redis.append('long', part);
    },
  },
];

await require(['redis-server']);
const about = await machine();
const stage = await Stage.open();
try {
  const settings = [
    '--engine',
    'process',
    '--ports',
    '27000-27099',
    '--opening-balance',
    '1000000',
  ];
  const { api, child } = await startFrostgate(stage, settings);
  const bystander = await api.post('/v1/instances', { bandwidth: 1000 });
  const client = await paced(bystander.port);
  const results = [];
  for (const { name, fill } of CASES) {
    const { id, port } = await api.post('/v1/instances', {
      instanceClass: CLASS,
      bandwidth: 10_000,
    });
    const redis = new Redis(port, { retryStrategy: () => 100, maxRetriesPerRequest: null });
    redis.on('error', () => undefined); // a restore ends its connection
    await fill(redis);
    console.error(`${name}: filled`);
    results.push({ name, ...(await measure({ api, client, pid: child.pid, id, port })) });
    redis.disconnect();
    await api.post(`/v1/instances/${id}/destroy`).catch((error) => console.error(error.message));
  }
  report(results);
  if (options.json !== undefined) {
    await writeFile(options.json, JSON.stringify({ about, options, results }, null, 2));
  }
  const isOver = results.some(({ steps }) =>
    steps.some(({ growthMb }) => growthMb > GROWTH_MB_MAX),
  );
  if (options.strict && isOver) process.exitCode = 1;
} finally {
  await stage.close();
}

async function measure({ api, client, pid, id, port }) {
  const own = await paced(port);
  await pause(SETTLE_MS);
  const [idle, ownIdle] = await windows([client, own], () => pause(IDLE_MS));
  const steps = [];
  let backup;
  const step = async (what, watched, work) => {
    await pause(SETTLE_MS);
    const before = await memoryOf(pid);
    let most = before;
    const watch = setInterval(() => {
      void memoryOf(pid).then((now) => (most = Math.max(most, now)));
    }, MEMORY_EVERY_MS);
    const began = performance.now();
    const [{ p99 }, ofOwn] = await windows(watched, work).finally(() => clearInterval(watch));
    const seconds = (performance.now() - began) / 1000;
    const rate = backup.bytes / MB / seconds;
    const growthMb = most - before;
    steps.push({ what, seconds, rate, before, growthMb, p99, ratio: p99 / idle.p99, own: ofOwn });
    console.error(`  ${what}: ${seconds.toFixed(1)} s`);
  };
  await step('backup', [client, own], async () => {
    backup = await api.post(`/v1/instances/${id}/backups`);
  });
  await own.end();
  const outsider = comer(port);
  await step('restore', [client], () =>
    api.post(`/v1/instances/${id}/restore`, { backup: backup.id, safetyBackup: false }),
  );
  return { bytes: backup.bytes, idle, ownIdle, steps, keptOutSeconds: await outsider.end() };
}

/** What each of the clients met while that was done. */
async function windows([first, ...others], work) {
  let rest = [];
  if (first === undefined) {
    await work();
    return rest;
  }
  const own = await first.window(async () => {
    rest = await windows(others, work);
  });
  return [own, ...rest];
}

/** Comes again and again, as a client library does; `end` tells the longest time without an answer (s). */
function comer(port) {
  const options = { retryStrategy: () => COMES_AGAIN_MS, maxRetriesPerRequest: null };
  const redis = new Redis(port, options);
  redis.on('error', () => undefined);
  let isOver = false;
  let longestMs = 0;
  const asking = (async () => {
    for (let last = performance.now(); !isOver; await pause(COMES_AGAIN_MS)) {
      const isAnswered = await redis.get('isolation').then(
        () => true,
        () => false, // LOADING
      );
      if (!isAnswered) continue;
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }
    redis.disconnect();
  })();
  return {
    async end() {
      isOver = true;
      await asking;
      return longestMs / 1000;
    },
  };
}

/** A client that asks at a pace all the time; its windows are what is looked at. */
async function paced(port) {
  const file = fileURLToPath(new URL('paced.mjs', import.meta.url));
  const asker = stage.start(process.execPath, [file, 'redis', String(port), String(GET_RATE)]);
  await nextLineOf(asker);
  return {
    async window(work) {
      asker.stdin.write('begin\n');
      await work();
      asker.stdin.write('end\n');
      const { latenciesMs } = JSON.parse(await nextLineOf(asker));
      return {
        samples: latenciesMs.length,
        p99: quantile(latenciesMs, 0.99),
        most: Math.max(...latenciesMs),
      };
    },
    async end() {
      const gone = once(asker, 'exit');
      asker.stdin.end();
      await gone;
    },
  };
}

/** Of the whole process, its data plane's thread included; Linux tells it in KB. */
async function memoryOf(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / KB);
}

function report(results) {
  console.log(shownMachine(about));
  for (const { name, bytes, idle, ownIdle, steps, keptOutSeconds } of results) {
    console.log(`${name}: a file of ${(bytes / MB).toFixed(0)} MB`);
    for (const { what, seconds, rate, before, growthMb, p99, ratio, own } of steps) {
      const holds = growthMb <= GROWTH_MB_MAX ? 'holds' : 'DOES NOT HOLD';
      console.log(
        `  ${what}: ${seconds.toFixed(1)} s, ${rate.toFixed(0)} MB/s; resident memory ${before} MB idle, ${growthMb} MB more at most (bar ${GROWTH_MB_MAX}: ${holds}); p99 of another instance's client ${p99.toFixed(2)} ms, ${ratio.toFixed(1)} times the idle ${idle.p99.toFixed(2)} ms`,
      );
      console.log(
        own === undefined
          ? `    its own clients are kept out for ${keptOutSeconds.toFixed(1)} s`
          : `    p99 of its own clients ${own.p99.toFixed(2)} ms, idle ${ownIdle.p99.toFixed(2)} ms; the slowest answer ${own.most.toFixed(0)} ms`,
      );
    }
  }
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

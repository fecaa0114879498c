// What the data plane holds in memory while clients do their worst, each case in a process of its own, against a
// bound; and how another client's answers come meanwhile (reported only). Exit code 1 when a bound is exceeded.
// Needs redis-server; 10,000 connections need `ulimit -n` of 20,050, otherwise as many as it allows are measured.
//   npm run bench:memory [-- WORDS OF A CASE'S NAME]
import { cpus } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { CASES } from './memory-cases.mjs';
import { startProxy, startRedis, startWitness } from './rig.mjs';

const IDLE_MS = 2000;
const words = process.argv.slice(2).join(' ');
const cases = CASES.filter(({ name }) => name.includes(words));
if (cases.length === 0) throw new Error(`no case has "${words}" in its name`);

console.log(
  `${cpus().length} x ${cpus()[0].model}, node ${process.version}; MB of 1024 * 1024 bytes`,
);
let exceeded = 0;
for (const one of cases) {
  const { text, isWithin } = await measure(one);
  if (!isWithin) exceeded += 1;
  console.log(`${isWithin ? 'ok  ' : 'OVER'} ${one.name}\n     ${text}`);
}
if (exceeded > 0) console.log(`${exceeded} of ${cases.length} bounds exceeded`);
process.exit(exceeded > 0 ? 1 : 0);

async function measure({ bound, redis: settings, endpoint, run, idle }) {
  const redis = await startRedis(settings);
  const proxy = await startProxy(redis, endpoint?.(redis));
  const witness = startWitness(proxy.port);
  // What Redis itself is too busy for, nobody can answer through a proxy either.
  const direct = startWitness(redis.port);
  try {
    await wait(500); // its first commands warm up both sides
    await witness.take();
    await wait(IDLE_MS);
    const { times: before } = await witness.take();
    const start = await proxy.memory();
    await Promise.all([witness.take(), direct.take()]);
    const result = await run({ redis, proxy });
    const { times: during } = await witness.take();
    const { times: directly } = await direct.take();
    if (during.length === 0) throw new Error('no command of the other client was answered');
    const end = await proxy.memory();
    const most = typeof bound === 'function' ? bound(result) : bound;
    const peak = idle ? end.rss : end.peakBytes;
    const growth = Math.max(0, peak - start.rss);
    const parts = [
      `RSS before ${mb(start.rss)}, ${idle ? 'after' : 'peak'} ${mb(peak)}`,
      `growth ${mb(growth)}, bound ${mb(most)}`,
      ...(idle ? perConnection(start, end, result) : []),
      `other client ${comparison(before, during, directly)}`,
    ];
    return { text: parts.join(' | '), isWithin: growth <= most };
  } finally {
    await Promise.all([witness, direct, proxy, redis].map((part) => part.stop()));
  }
}

function perConnection(start, end, count) {
  const each = (key) => `${((end[key] - start[key]) / count / 1024).toFixed(1)} KB`;
  const heap = `heap ${each('heapUsed')}, external ${each('external')}`;
  return [`${count} connections, ${each('rss')} each (${heap}, peak ${mb(end.peakBytes)})`];
}

function comparison(before, during, directly) {
  const ratio = (part) => (quantile(during, part) / quantile(before, part)).toFixed(1);
  const [slowest, slowestDirectly] = [during, directly].map((all) => Math.max(...all).toFixed(0));
  return `median x${ratio(0.5)}, p99 x${ratio(0.99)} of idle, slowest of ${during.length} ${slowest} ms (directly at Redis ${slowestDirectly} ms)`;
}

function quantile(values, part) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
}

function mb(bytes) {
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

// How long the data of an instance takes to follow an advance: `clock advance 10m` with 0, 1,000 and 1,000,000 keys that
// expire, and what Redis holds at its peak.
//   npm run bench:ageing [-- KEYS ROUNDS]
import { Redis } from 'ioredis';
import { startSimulator } from '../../dist/index.js';
import { machine, shownMachine } from './machine.mjs';

const KEYS = [0, 1_000, Number(process.argv[2] ?? 1_000_000)];
const ROUNDS = Number(process.argv[3] ?? 3);
const FILL = `
  for at = ARGV[1], ARGV[2] do
    redis.call('SET', 'key:' .. at, 'a value', 'EX', ARGV[3])
  end`;
const FILL_AT_ONCE = 10_000;
const DAY_S = 86_400;

console.log(shownMachine(await machine()));
for (const keys of KEYS) {
  const simulator = await startSimulator({ engine: 'process' });
  const { port } = await simulator.createInstance({ instanceClass: 'redis.master.large.default' });
  const redis = new Redis(port);
  for (let from = 1; from <= keys; from += FILL_AT_ONCE) {
    const to = Math.min(from + FILL_AT_ONCE - 1, keys);
    await redis.eval(FILL, 0, from, to, DAY_S);
  }
  const filled = await memory(redis);
  const tookMs = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    await simulator.advanceClock({ by: '10m' });
    tookMs.push(performance.now() - begin);
  }
  const peak = await memory(redis);
  console.log(
    `${keys} keys: ${tookMs.map((ms) => (ms / 1000).toFixed(3)).join(', ')} s; Redis holds ${filled} MB, at its peak ${peak} MB`,
  );
  redis.disconnect();
  await simulator.close();
}

async function memory(redis) {
  const bytes = Number(/used_memory_peak:(\d+)/.exec(await redis.info('memory'))?.[1]);
  return (bytes / 2 ** 20).toFixed(1);
}

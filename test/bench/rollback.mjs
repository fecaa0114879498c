// How long a checkpoint and a rollback to it take: state, money, clock and data, with clients connected.
//   npm run bench:rollback [-- KEYS ROUNDS]
import { Redis } from 'ioredis';
import { startSimulator } from '../../dist/index.js';
import { machine, shownMachine } from './machine.mjs';

const KEYS = Number(process.argv[2] ?? 10_000);
const ROUNDS = Number(process.argv[3] ?? 21);
const FILL = `
  for at = 1, ARGV[1] do
    local key = ARGV[2] .. at
    if ARGV[3] == '' then redis.call('SET', key, 'a small value')
    else redis.call('SET', key, 'a small value', 'EX', ARGV[3]) end
  end`;
const DAY_S = 86_400;

/** What a test does between the two. */
const CASES = [
  { name: 'nothing changed', expires: '', async change() {} },
  {
    name: 'a tenth of the keys changed',
    expires: '',
    change: ({ redis }) => redis.eval(FILL, 0, KEYS / 10, 'key:', ''),
  },
  { name: 'everything deleted', expires: '', change: ({ redis }) => redis.flushall() },
  {
    name: 'arrears, frozen after 26 h',
    expires: '',
    async change({ simulator }) {
      await simulator.setAccountBalance({ balance: 0 });
      await simulator.advanceClock({ by: '26h' });
    },
  },
  {
    name: 'keys that expire, 26 h later',
    expires: String(30 * DAY_S),
    change: ({ simulator }) => simulator.advanceClock({ by: '26h' }),
  },
];

console.log(shownMachine(await machine()));
console.log(`${KEYS} keys, ${ROUNDS} rounds, real ms: median (least to most)`);
for (const { name, expires, change } of CASES) {
  const simulator = await startSimulator({ engine: 'process' });
  const { port } = await simulator.createInstance();
  const redis = new Redis(port);
  await redis.eval(FILL, 0, KEYS, 'key:', expires);
  const [taken, back] = [[], []];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { id } = await timed(taken, () => simulator.takeCheckpoint());
    await change({ simulator, redis });
    await timed(back, () => simulator.rollBack({ id }));
    const size = await redis.dbsize();
    if (size !== KEYS) throw new Error(`${size} keys after the rollback`);
    await simulator.forgetCheckpoint({ id });
  }
  console.log(`${name.padEnd(30)} checkpoint ${shown(taken)}   rollback ${shown(back)}`);
  redis.disconnect();
  await simulator.close();
}

async function timed(times, work) {
  const begin = performance.now();
  const result = await work();
  times.push(performance.now() - begin);
  return result;
}

function shown(times) {
  const sorted = [...times].sort((a, b) => a - b);
  const [median, least, most] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)];
  return `${median.toFixed(1)} (${least.toFixed(1)} to ${most.toFixed(1)})`.padEnd(22);
}

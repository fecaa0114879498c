// How precise the ceiling of bandwidth is: clients that take all they can get get what the class allows, within 5 %
// over each second, each direction by itself, and each client as much as the others.
//   npm run bench:bandwidth [-- --seconds 5 --clients 4 --strict]
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { startFrostgate } from './frostgate.mjs';
import { machine, shownMachine } from './machine.mjs';
import { require, Stage } from './stage.mjs';
import { shownSpread, spreadOf } from './statistics.mjs';

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    clients: { type: 'string', default: '4' },
    /** Exits with 1 where the bar is missed. */
    strict: { type: 'boolean', default: false },
  },
});
const OFF_BY_MAX = 0.05;
/** What the clients may take at once after a rest, and what is on its way when counting begins, is not counted. */
const WARM_UP_MS = 1000;
const VALUE = 'x'.repeat(64 * 1024);
const SET = request(['SET', 'k', VALUE]);
const GET = request(['GET', 'k']);
const GOT_BYTES = VALUE.length + `$${VALUE.length}\r\n\r\n`.length;

await require(['redis-server']);
const about = await machine();
const stage = await Stage.open();
try {
  const settings = ['--engine', 'process', '--ports', '26830-26850'];
  const { api } = await startFrostgate(stage, settings);
  const { port, bandwidth } = await api.post('/v1/instances', {});
  console.log(`${shownMachine(about)}; ${options.clients} clients, ceiling ${bandwidth} MB/s`);
  let holds = true;
  for (const [way, client] of [
    ['to Redis', sender],
    ['to clients', taker],
  ]) {
    const counts = Array.from({ length: Number(options.clients) }, () => client(port));
    await pause(WARM_UP_MS);
    const first = counts.map((one) => one.bytes());
    const shares = [];
    let [before, at] = [sum(first), performance.now()];
    for (let second = 0; second < Number(options.seconds); second += 1) {
      await pause(1000);
      const [bytes, now] = [sum(counts.map((one) => one.bytes())), performance.now()];
      shares.push((bytes - before) / ((now - at) / 1000) / 2 ** 20 / bandwidth);
      [before, at] = [bytes, now];
    }
    const each = counts.map((one, i) => one.bytes() - first[i]);
    const spread = spreadOf(shares);
    const isPrecise = Math.abs(spread.median - 1) <= OFF_BY_MAX && spread.max <= 1 + OFF_BY_MAX;
    holds &&= isPrecise;
    const fairness = (Math.max(...each) / Math.min(...each)).toFixed(2);
    console.log(
      `  ${way}: ${shownSpread(spread, 3)} of the ceiling by the second, the luckiest client ${fairness} times the unluckiest: ${isPrecise ? 'holds' : 'DOES NOT HOLD'}`,
    );
    for (const one of counts) one.close();
  }
  if (options.strict && !holds) process.exitCode = 1;
} finally {
  await stage.close();
}

/** Writes as fast as it goes; what was taken is what was answered. */
function sender(port) {
  let answered = 0;
  const socket = connect(port, '127.0.0.1');
  const more = () => {
    while (socket.write(SET));
  };
  socket.on('drain', more).on('data', (chunk) => {
    if (chunk[0] === 45) throw new Error(`answered ${chunk}`);
    answered += chunk.length / '+OK\r\n'.length;
  });
  more();
  return { bytes: () => answered * SET.length, close: () => socket.destroy() };
}

/** Always has two values on the way. */
function taker(port) {
  let [bytes, asked] = [0, 0];
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  const ask = () => {
    for (; asked * GOT_BYTES < bytes + 2 * GOT_BYTES; asked += 1) socket.write(GET);
  };
  socket.on('data', (chunk) => {
    bytes += chunk.length;
    ask();
  });
  ask();
  return { bytes: () => bytes, close: () => socket.destroy() };
}

function request(words) {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

function sum(numbers) {
  return numbers.reduce((total, one) => total + one, 0);
}

function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

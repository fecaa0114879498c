// How long a first instance takes: startSimulator() with one instance ready, and one more instance.
// Prints the medians; nothing fails here, machines differ.
//   npm run bench:creation [-- ROUNDS]
import { startSimulator } from '../../dist/index.js';

const ROUNDS = Number(process.argv[2] ?? 15);
const started = [];
const created = [];

for (let round = 0; round < ROUNDS; round += 1) {
  const begin = performance.now();
  const simulator = await startSimulator({ engine: 'process' });
  await simulator.createInstance();
  started.push(performance.now() - begin);
  const again = performance.now();
  await simulator.createInstance();
  created.push(performance.now() - again);
  await simulator.close();
}

// The first one also loads the code: that is what the first test of a suite waits for.
console.log(`first startSimulator() with one instance ready: ${started[0].toFixed(0)} ms`);
console.log(`startSimulator() with one instance ready: ${spread(started)}`);
console.log(`createInstance(): ${spread(created)}`);

function spread(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)];
  return `median ${median.toFixed(0)} ms (${sorted[0].toFixed(0)} to ${sorted.at(-1).toFixed(0)} ms, ${values.length} rounds)`;
}

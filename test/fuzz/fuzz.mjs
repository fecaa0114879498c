// Random, half-valid and mutated bytes, for as long as one likes: the framers against a second reading of Redis'
// source, and a live endpoint against Redis itself. Ends with exit code 1 at the first bytes that fail, made as
// small as they can be. Needs redis-server. `npm test` runs the framers' part for a moment.
//   npm run fuzz [-- SECONDS or COUNTc [SEED]]     npm run fuzz -- 600     npm run fuzz -- 50000c 42
import fc from 'fast-check';
import { ReplyFramer } from '../../dist/server/resp/reply-framer.js';
import { RequestFramer } from '../../dist/server/resp/request-framer.js';
import { ASK_AGAIN, LOOK_INSIDE } from '../../dist/server/resp/request-sink.js';
import { cuts, longReplies, longRequests, replies, requests, shown } from './bytes.mjs';
import * as framers from './framers.mjs';
import { startLive } from './live.mjs';

const [amount = '60', seedGiven] = process.argv.slice(2);
const casesMax = /^\d+c$/.test(amount) ? parseInt(amount, 10) : Infinity;
const secondsMax = /^\d+$/.test(amount) ? Number(amount) : Infinity;
if (casesMax === Infinity && secondsMax === Infinity) {
  throw new Error(`"${amount}" is neither seconds (600) nor a number of cases (50000c)`);
}
const firstSeed = Number(seedGiven ?? Math.floor(Math.random() * 2 ** 31));
const classes = { RequestFramer, ReplyFramer, LOOK_INSIDE, ASK_AGAIN };
const live = await startLive();

const PROPERTIES = [
  {
    name: 'requests are read as Redis does',
    runs: 2000,
    property: fc.property(requests, cuts, fc.boolean(), fc.boolean(), (...given) =>
      framers.requestsAreReadAsRedisDoes(classes, ...given),
    ),
  },
  {
    name: 'requests are held within bounds',
    runs: 100,
    property: fc.property(longRequests, cuts, (...given) =>
      framers.requestsAreHeldWithinBounds(classes, ...given),
    ),
  },
  {
    name: 'replies pass as they are',
    runs: 2000,
    property: fc.property(replies, cuts, fc.boolean(), (...given) =>
      framers.repliesPassAsTheyAre(classes, ...given),
    ),
  },
  {
    name: 'replies are held within bounds',
    runs: 100,
    property: fc.property(longReplies, cuts, (...given) =>
      framers.repliesAreHeldWithinBounds(classes, ...given),
    ),
  },
  {
    name: 'an endpoint answers as Redis does',
    runs: 500,
    property: fc.asyncProperty(requests, cuts, (...given) => live.check(...given)),
  },
  {
    name: 'a frozen endpoint answers as a Redis that takes no writes',
    runs: 500,
    prepare: () => live.freeze(),
    cleanUp: () => live.thaw(),
    property: fc.asyncProperty(requests, cuts, (...given) => live.check(...given)),
  },
];

const counts = new Map();
const begin = performance.now();
const start = await memory();
console.log(`seed ${firstSeed}; RSS ${start}`);
let failed = false;
for (let round = 0; !failed && !isOver(); round += 1) {
  for (const one of PROPERTIES) {
    failed = !(await hold(one, firstSeed + round));
    if (failed || isOver()) break;
  }
}
if (process.stderr.isTTY) process.stderr.write('\n');
for (const [name, count] of counts) console.log(`${String(count).padStart(9)}  ${name}`);
console.log(`${total()} cases in ${seconds().toFixed(0)} s, first seed ${firstSeed}`);
console.log(`RSS at the beginning ${start}; at the end ${await memory()}`);
await live.stop();
process.exit(failed ? 1 : 0);

async function hold({ name, runs, property, prepare, cleanUp }, seed) {
  await prepare?.();
  const numRuns = Math.max(1, Math.min(runs, casesMax - total()));
  const found = await fc.check(property, { seed, numRuns });
  await cleanUp?.();
  counts.set(name, (counts.get(name) ?? 0) + found.numRuns);
  if (process.stderr.isTTY) {
    process.stderr.write(`\r${seconds().toFixed(0)} s, ${total()} cases, seed ${seed}   `);
  }
  if (!found.failed) return true;
  const [bytes, ...others] = found.counterexample;
  console.log(`\nFAILED: ${name}\n  bytes ${shown(bytes)}\n  with ${JSON.stringify(others)}`);
  console.log(`  ${found.errorInstance?.message ?? String(found.error)}`);
  console.log(`  again: npm run fuzz -- ${total()}c ${seed}`);
  return false;
}

function total() {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function seconds() {
  return (performance.now() - begin) / 1000;
}

function isOver() {
  return seconds() >= secondsMax || total() >= casesMax;
}

/** The proxy's with its garbage collected; ours as it is, with what fast-check keeps. */
async function memory() {
  const mb = (bytes) => `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  const { rss } = await live.proxy.memory();
  return `${mb(rss)} (proxy), ${mb(process.memoryUsage.rss())} (framers)`;
}

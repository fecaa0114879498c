// What it costs to find the commands in what clients send, and the lines in what Redis sends: the framers alone, in one
// thread. The least of many short measurements, since whatever else runs only adds to it.
//   npm run bench:framing
import { CommandTable } from '../../dist/server/command-table.js';
import { ReplyFramer } from '../../dist/server/resp/reply-framer.js';
import { RequestFramer } from '../../dist/server/resp/request-framer.js';
import { machine, shownMachine } from './machine.mjs';

const PIPELINE = 16;
const WARM_UP_PUSHES = 200_000;
const PUSHES = 5_000;
const MEASUREMENTS = 150;

const row = (name, arity, write) => ({
  ...{ name, arity, write, read: !write, noAuth: false, subcommands: [] },
});
const commands = new CommandTable([row('get', 2, false), row('set', -3, true)], {});
let sentBytes = 0;
const send = (bytes) => (sentBytes += bytes.length);
const requests = new RequestFramer(() => commands, { decide: () => null, send });
const replies = new ReplyFramer({ rewrite: () => null, send });

const GET = '*2\r\n$3\r\nGET\r\n$16\r\nkey:__rand_int__\r\n';
const SET = '*3\r\n$3\r\nSET\r\n$16\r\nkey:__rand_int__\r\n$3\r\nxxx\r\n';
const CASES = [
  ['GET', requests, GET.repeat(PIPELINE)],
  ['SET', requests, SET.repeat(PIPELINE)],
  ['GET and SET in turn', requests, (SET + GET).repeat(PIPELINE / 2)],
  ['a reply of 3 bytes', replies, '$3\r\nxxx\r\n'.repeat(PIPELINE)],
  ['a reply of +OK', replies, '+OK\r\n'.repeat(PIPELINE)],
];

console.log(shownMachine(await machine()));
for (const [name, framer, text] of CASES) {
  const bytes = Buffer.from(text);
  for (let i = 0; i < WARM_UP_PUSHES; i += 1) framer.push(bytes);
  let least = Infinity;
  for (let i = 0; i < MEASUREMENTS; i += 1) least = Math.min(least, measuredMs(framer, bytes));
  const eachNs = (least * 1e6) / PUSHES / PIPELINE;
  console.log(`${name}: ${eachNs.toFixed(1)} ns, ${PIPELINE} in a chunk`);
}

function measuredMs(framer, bytes) {
  const from = performance.now();
  for (let i = 0; i < PUSHES; i += 1) framer.push(bytes);
  return performance.now() - from;
}

// A process of its own that sends as much through the proxy as goes in: several connections, deep pipelines, large
// values. Ends with its stdin; says `flooding` when every connection has been answered once.
//   node flood.mjs PORT [LOGIN AS JSON]
import { connect } from 'node:net';

const CONNECTIONS = 8;
const PIPELINE = 100;
const VALUE_BYTES = 64 * 1024;
/** Of each pipeline: large values both ways, and small commands, which cost the proxy more for each byte. */
const LARGE_SHARE = 0.1;

const [port, login = 'null'] = process.argv.slice(2);
const account = JSON.parse(login);
const value = 'x'.repeat(VALUE_BYTES);
const pipeline = Buffer.from(
  Array.from({ length: PIPELINE }, (_, i) => {
    const isLarge = i < PIPELINE * LARGE_SHARE;
    if (!isLarge) return request(['GET', 'small']);
    return i % 2 === 0 ? request(['SET', 'large', value]) : request(['GET', 'large']);
  }).join(''),
);
let unanswered = CONNECTIONS;

for (let i = 0; i < CONNECTIONS; i += 1) {
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', (error) => {
    throw error;
  });
  socket.once('data', (chunk) => {
    if (chunk.toString('latin1').startsWith('-')) throw new Error(`answered ${chunk}`);
    unanswered -= 1;
    if (unanswered === 0) process.stdout.write('flooding\n');
  });
  socket.resume();
  if (account) {
    socket.write(request(['AUTH', ...(account.user ? [account.user] : []), account.password]));
  }
  // As fast as it is taken: a write that was taken whole makes way for the next one.
  const more = () => socket.write(pipeline, () => setImmediate(more));
  more();
}
process.stdin.on('end', () => process.exit()).resume();

function request(words) {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

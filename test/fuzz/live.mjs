// The data plane in front of a real Redis, beside a second Redis that is asked directly: the same bytes on a
// connection of their own are answered with the same bytes to the end, and another client of ours does not notice.
import { connect } from 'node:net';
import { NOWRITE, startProxy, startRedis } from '../bench/rig.mjs';
import { cutAt } from './bytes.mjs';
import { readAsRedis } from './redis-reading.mjs';

const NO_REPLICAS = 'NOREPLICAS Not enough good replicas to write.';
const WAIT_MS = 20_000;
/** A connection that is reset may lose an answer, on either side: only what differs each time differs. */
const TRIES = 4;

export async function startLive() {
  const [behind, direct] = await Promise.all([startRedis(), startRedis()]);
  const proxy = await startProxy(behind);
  const other = await otherClient(proxy.port);
  const redises = [behind, direct];
  let isFrozen = false;

  return {
    proxy,
    async freeze() {
      await tell(redises, ['CONFIG', 'SET', 'min-replicas-to-write', '0'], ['FLUSHALL']);
      await tell(redises, ['SET', 'b', 'x'], ['LPUSH', 'l', '1', '2']);
      await tell(redises, ['CONFIG', 'SET', 'min-replicas-to-write', '1']);
      await proxy.freeze();
      isFrozen = true;
    },
    async thaw() {
      await tell(redises, ['CONFIG', 'SET', 'min-replicas-to-write', '0']);
      await proxy.open();
      isFrozen = false;
    },
    /** Throws an Error that says what differs. */
    async check(bytes, places) {
      for (let tries = 1; ; tries += 1) {
        if (!isFrozen) await tell(redises, ['FLUSHALL']);
        const [expected, seen] = await Promise.all([
          converse(direct.port, [bytes]),
          converse(proxy.port, cutAt(bytes, places)),
        ]);
        await other.isAnswered();
        if (proxy.problems.length > 0) throw new Error(proxy.problems.join('\n'));
        const problem = difference(
          bytes,
          normal(expected, redises),
          normal(seen, redises),
          isFrozen,
        );
        if (problem === null) return;
        if (tries === TRIES) throw new Error(problem);
      }
    },
    async stop() {
      other.close();
      await Promise.all([proxy, ...redises].map((part) => part.stop()));
    },
  };
}

function difference(bytes, expected, seen, isFrozen) {
  if (seen === expected) return null;
  // What CONFIG GET finds for a pattern comes in the order of a hash table, whose seed is each Redis' own.
  if (/config/i.test(bytes.toString('latin1')) && lines(seen) === lines(expected)) return null;
  const { end, oversized } = readAsRedis(bytes);
  // In a line with a zero byte Redis never finds the end. One that is refused, or is a RESET, is replaced all the
  // same, as is a value that Redis would not take.
  if (end === 'stuck' && (isFrozen || /reset/i.test(bytes.toString('latin1')))) return null;
  if (isFrozen && oversized) return null;
  // The last command is refused by its beginning, before it turns out that its end is missing or wrong.
  const isPart = isFrozen && end !== 'whole';
  for (const answer of isPart ? [seen, withoutLastRefusal(seen)] : [seen]) {
    if (answer === expected) return null;
    // What is wrong already though its line has no end is told to Redis at once. And what CLIENT REPLY SKIP keeps
    // back is then the refusal, not the error.
    const mayBeError = end === 'doomed' || (isPart && /reply/i.test(bytes.toString('latin1')));
    const isError = /^-ERR Protocol error: [^\n]*\r\n$/.test(answer.slice(expected.length));
    if (mayBeError && answer.startsWith(expected) && isError) return null;
  }
  return `${JSON.stringify(seen)} in place of ${JSON.stringify(expected)}`;
}

function lines(answer) {
  return answer.split('\r\n').sort().join('\r\n');
}

function withoutLastRefusal(answer) {
  const refusal = `-${NOWRITE}\r\n`;
  const at = answer.lastIndexOf(refusal);
  return at === -1 ? answer : answer.slice(0, at) + answer.slice(at + refusal.length);
}

/** Each connection has a number of its own, each Redis a port, and ours has other words for a refused write. */
function normal(answer, redises) {
  let text = answer.replace(/(\$2\r\nid\r\n):\d+/g, '$1:0').replaceAll(NO_REPLICAS, NOWRITE);
  for (const { port } of redises) text = text.replaceAll(String(port), '<port>');
  return withoutChannels(text);
}

/** Channels that are left all at once are named in the order of a hash table, whose seed is each Redis' own. */
function withoutChannels(text) {
  const mark = '$11\r\nunsubscribe\r\n$';
  let out = '';
  let from = 0;
  for (let at = text.indexOf(mark); at !== -1; at = text.indexOf(mark, from)) {
    const begin = at + mark.length;
    const lengthEnd = text.indexOf('\r\n', begin);
    out += text.slice(from, begin);
    from = lengthEnd + 2 + Number(text.slice(begin, lengthEnd));
  }
  return out + text.slice(from);
}

/** Says it all, ends, and takes what comes until the other side ends too: Redis answers all that it was sent. */
function converse(port, pieces) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    let answer = '';
    const late = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no end within ${WAIT_MS} ms; so far ${JSON.stringify(answer)}`));
    }, WAIT_MS);
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined); // reset: what came before it counts
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      clearTimeout(late);
      resolve(answer);
    });
    socket.on('connect', async () => {
      for (const piece of pieces) {
        socket.write(piece);
        if (pieces.length > 1) await new Promise((resume) => setImmediate(resume));
      }
      socket.end();
    });
  });
}

/** One connection through the proxy that stays: it asks after each case. */
async function otherClient(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let number = 0;
  let answer = '';
  let settle = () => undefined;
  socket.on('error', () => undefined);
  socket.on('close', () => settle());
  socket.on('data', (chunk) => {
    answer += chunk.toString('latin1');
    settle();
  });
  return {
    async isAnswered() {
      number += 1;
      const word = `other-${number}`;
      const expected = `$${word.length}\r\n${word}\r\n`;
      answer = '';
      socket.write(`ECHO ${word}\r\n`);
      while (answer !== expected && !socket.destroyed && expected.startsWith(answer)) {
        await new Promise((resolve) => (settle = resolve));
      }
      if (answer !== expected) throw new Error(`another client: ${JSON.stringify(answer)}`);
    },
    close: () => socket.destroy(),
  };
}

async function tell(redises, ...commands) {
  await Promise.all(
    redises.map(async ({ control }) => {
      for (const [name, ...args] of commands) await control.call(name, ...args);
    }),
  );
}

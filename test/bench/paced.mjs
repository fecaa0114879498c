// A process of its own that asks at a fixed pace and times the answers: GET through the proxy, or GET /v1/health.
//   node paced.mjs redis|health ADDRESS RATE [LOGIN AS JSON]
// It asks whether or not what it asked before was answered, so that a stall is met by as many requests as a stall
// meets in life (no coordinated omission). It is told `begin` and `end` on stdin, and answers each `end` with a line
// of JSON: the latencies of what was to be sent in between, when all of it is answered.
import { get, Agent } from 'node:http';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

/**
 * Node's timers come up to a millisecond late by themselves. That much is not held against what is measured: the
 * latency counts from the sending, but never from later than this after the moment that was meant.
 */
const TIMER_GRAIN_MS = 2;
const TICK_MS = 1;
const CONNECTIONS = 10;
const KEY = 'isolation';

const [kind, address, rate, login = 'null'] = process.argv.slice(2);
const ask = await { redis: redisAsker, health: healthAsker }[kind](address, JSON.parse(login));
let window;
pace(Number(rate));
process.stdout.write('ready\n');
createInterface({ input: process.stdin })
  .on('line', (line) => {
    if (line === 'begin') window = { latenciesMs: [], lateCount: 0, owed: 0, end: null };
    else endWindow();
  })
  .on('close', () => process.exit());

/** One request each `1000 / perSecond` ms of a timetable that does not depend on answers. */
function pace(perSecond) {
  const stepMs = 1000 / perSecond;
  let meant = performance.now();
  const tick = () => {
    for (const now = performance.now(); meant <= now; meant += stepMs) sendOne(meant);
    setTimeout(tick, TICK_MS);
  };
  tick();
}

function sendOne(meant) {
  const counted = window;
  const sent = performance.now();
  const from = Math.min(sent, meant + TIMER_GRAIN_MS);
  if (counted) {
    counted.owed += 1;
    if (from < sent) counted.lateCount += 1;
  }
  ask(() => {
    if (!counted) return;
    counted.latenciesMs.push(performance.now() - from);
    counted.owed -= 1;
    if (counted.owed === 0) counted.end?.();
  });
}

function endWindow() {
  const ended = window;
  window = undefined;
  const tell = () => {
    const { latenciesMs, lateCount } = ended;
    process.stdout.write(`${JSON.stringify({ latenciesMs, lateCount })}\n`);
  };
  if (ended.owed === 0) tell();
  else ended.end = tell;
}

/** GETs of a short value in turn over a few connections; Redis answers each in order. */
async function redisAsker(port, account) {
  const lines = Array.from({ length: CONNECTIONS }, () => lineClient(Number(port)));
  for (const line of lines) {
    if (account) await line(['AUTH', ...(account.user ? [account.user] : []), account.password]);
    // One that is refused would be answered fast, too.
    const answer = await line(['SET', KEY, 'x']);
    if (answer !== '+OK') throw new Error(`the instance answers ${answer}`);
  }
  let turn = 0;
  return (answered) => void lines[(turn = (turn + 1) % CONNECTIONS)](['GET', KEY], answered);
}

/** A connection whose replies are single lines, or a short value of two lines. */
function lineClient(port) {
  const waiting = [];
  let rest = '';
  let isValue = false;
  const socket = connect(port, '127.0.0.1').setNoDelay(true).setEncoding('latin1');
  socket.on('error', (error) => {
    throw error;
  });
  socket.on('data', (text) => {
    const lines = (rest + text).split('\r\n');
    rest = lines.pop();
    for (const line of lines) {
      if (!isValue && line.startsWith('$')) isValue = true;
      else {
        isValue = false;
        if (line.startsWith('-')) throw new Error(`the instance answers ${line}`);
        waiting.shift()(line);
      }
    }
  });
  return (words, answered) =>
    new Promise((resolve) => {
      waiting.push(answered ?? resolve);
      const args = words.map((word) => `$${word.length}\r\n${word}\r\n`);
      socket.write(`*${words.length}\r\n${args.join('')}`);
    });
}

function healthAsker(url) {
  const agent = new Agent({ keepAlive: true });
  return (answered) => {
    get(`${url}/v1/health`, { agent }, (response) => {
      if (response.statusCode !== 200) throw new Error(`health is ${response.statusCode}`);
      response.resume().on('end', answered);
    });
  };
}

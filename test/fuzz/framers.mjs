// What must hold of the framers for any bytes in any pieces. The classes are given: tests have the sources, the
// long-running fuzzer has what was built. A property throws an Error that says what does not hold.
import { isDeepStrictEqual } from 'node:util';
import { readAsRedis } from './redis-reading.mjs';
import { cutAt } from './bytes.mjs';

/** The longest line that may still become a command (request-framer.ts), and the longest error line (reply-framer.ts). */
const REQUEST_HELD_BYTES_MAX = 80 * 1024;
const REPLY_HELD_BYTES_MAX = 64 * 1024 + 32;
const READ_BYTES = 64 * 1024;

const REPLACEMENT_NAME = '!';
const REPLACEMENT = Buffer.from('*1\r\n$1\r\n!\r\n');
const CONTAINERS = ['config', 'object', 'client'];

/** Names by what they are: any subcommand counts, as only their bounds matter here. */
function lookup(within = '') {
  return {
    find(bytes, start, end) {
      const name = bytes.toString('latin1', start, end).toLowerCase();
      return name === 'nope' ? undefined : `${within}${name}`;
    },
    subcommandsOf: (entry) => (CONTAINERS.includes(entry) ? lookup(`${entry}|`) : undefined),
  };
}

/** Redis finds the same commands in what the framer sends as in what the client sent, but for those refused. */
export function requestsAreReadAsRedisDoes(classes, bytes, places, refusesWrites, asksAgain) {
  const isRefused = (args) => refusesWrites && ['set', 'del'].includes(args[0].toLowerCase());
  const expected = readAsRedis(bytes);
  const whole = frame(classes, [bytes], refusesWrites, asksAgain);
  for (const pieces of [cutAt(bytes, places), [...bytes].map((byte) => Buffer.from([byte]))]) {
    const { sent, asked } = frame(classes, pieces, refusesWrites, asksAgain);
    const seen = readAsRedis(sent);
    const count = expected.commands.length;
    const commands = expected.commands.map((args) => (isRefused(args) ? [REPLACEMENT_NAME] : args));
    same('the commands that Redis sees', seen.commands.slice(0, count), commands);
    const more = seen.commands.slice(count);
    // Redis never gets to the end of such a line, though one that is refused does not get to Redis.
    if (expected.end === 'stuck') continue;
    // One that is refused is so before it is whole.
    if (more.length > (refusesWrites ? 1 : 0)) throw new Error(`commands too many: ${more}`);
    if (more[0] && more[0][0] !== REPLACEMENT_NAME) throw new Error(`made up: ${more[0]}`);
    if (asked.length < count || asked.length > count + 1)
      throw new Error(`asked ${asked.length} times about ${count} commands`);
    same('asked, in pieces and whole', asked, whole.asked);
    checkEnd(expected, seen, more.length > 0);
    same('the end, in pieces and whole', seen.end, readAsRedis(whole.sent).end);
  }
}

function checkEnd({ end, oversized }, seen, lastIsRefused) {
  const isError = !['whole', 'unfinished', 'doomed'].includes(end);
  // How long a value may be is for Redis to say, and Redis is not asked about one that is refused.
  if (oversized && lastIsRefused) return;
  if (isError) same('the error', seen.end, end);
  else if (end === 'whole') same('the end', seen.end, 'whole');
  // What cannot become right again is told to Redis as the error that it is.
  else if (end === 'unfinished' && !['unfinished', 'whole'].includes(seen.end))
    throw new Error(`"${seen.end}" of what is only unfinished`);
}

/** However long it is, what is neither sent nor dropped for good has a bound. */
export function requestsAreHeldWithinBounds(classes, bytes, places) {
  const { heldAfterEach } = frame(classes, asRead(bytes, places), false, false);
  checkHeld(heldAfterEach, REQUEST_HELD_BYTES_MAX);
}

/** As for requests. Nothing of a reply is ever dropped. */
export function repliesAreHeldWithinBounds({ ReplyFramer }, bytes, places) {
  const { heldAfterEach } = follow(ReplyFramer, asRead(bytes, places), true, null);
  const most = Math.max(0, ...heldAfterEach.map(({ held }) => held));
  if (most > REPLY_HELD_BYTES_MAX) throw new Error(`${most} bytes were held`);
}

/** Replies pass as they are; errors are asked about at the same places however they are cut. */
export function repliesPassAsTheyAre({ ReplyFramer }, bytes, places, simpleStrings) {
  const whole = follow(ReplyFramer, [bytes], simpleStrings, null);
  for (const pieces of [cutAt(bytes, places), [...bytes].map((byte) => Buffer.from([byte]))]) {
    const cut = follow(ReplyFramer, pieces, simpleStrings, null);
    same('asked, in pieces and whole', cut.asked, whole.asked);
    same('sent, in pieces and whole', cut.sent.toString('latin1'), whole.sent.toString('latin1'));
    if (!bytes.subarray(0, cut.sent.length).equals(cut.sent)) throw new Error('other bytes');
    const without = follow(ReplyFramer, pieces, simpleStrings, Buffer.alloc(0));
    same('asked when they are left out', without.asked, whole.asked);
    const left = cut.asked.reduce((sum, line) => sum + line.length, 0);
    same('bytes without the errors', without.sent.length, cut.sent.length - left);
  }
}

/** HELLO is looked inside of; `asksAgain`: and each one waits until a second piece has come. */
function frame({ RequestFramer, LOOK_INSIDE, ASK_AGAIN }, pieces, refusesWrites, asksAgain) {
  const sent = [];
  const asked = [];
  let hasWaited = false;
  const tell = (entry, argumentCount) => asked.push(`${String(entry)}/${argumentCount}`);
  const framer = new RequestFramer(() => lookup(), {
    decide(entry, argumentCount) {
      if (entry === 'hello') return LOOK_INSIDE;
      tell(entry, argumentCount);
      return refusesWrites && ['set', 'del'].includes(entry) ? REPLACEMENT : null;
    },
    inspect(entry, args) {
      hasWaited = asksAgain && !hasWaited;
      if (hasWaited) return ASK_AGAIN;
      tell(entry, args.length);
      return null;
    },
    send: (part) => sent.push(Buffer.from(part)),
  });
  const heldAfterEach = pushAll(framer, pieces, sent, asksAgain);
  for (let i = 0; asksAgain && i < pieces.length + 50; i += 1) framer.again();
  return { sent: Buffer.concat(sent), asked, heldAfterEach };
}

function follow(ReplyFramer, pieces, simpleStrings, instead) {
  const sent = [];
  const asked = [];
  const framer = new ReplyFramer({
    rewrite(line) {
      asked.push(line.toString('latin1'));
      return instead;
    },
    send: (part) => sent.push(Buffer.from(part)),
  });
  framer.simpleStrings = simpleStrings;
  const heldAfterEach = pushAll(framer, pieces, sent, false);
  return { sent: Buffer.concat(sent), asked, heldAfterEach };
}

/** After each piece: how many bytes went in and did not come out, and how many came out. */
function pushAll(framer, pieces, sent, asksAgain) {
  let pushed = 0;
  return pieces.map((piece, i) => {
    framer.push(piece);
    if (asksAgain && i % 2 === 1) framer.again();
    pushed += piece.length;
    const out = sent.reduce((sum, part) => sum + part.length, 0);
    return { held: pushed - out, out };
  });
}

/** More than the bound may only be missing where the rest was dropped: nothing came out any more. */
function checkHeld(heldAfterEach, most) {
  const last = heldAfterEach.at(-1)?.out ?? 0;
  for (const { held, out } of heldAfterEach) {
    if (held > most && out !== last) throw new Error(`${held} bytes were held`);
  }
}

/** In pieces that are no larger than what is read from a socket at once. */
function asRead(bytes, places) {
  return cutAt(bytes, places).flatMap((piece) => {
    const parts = [];
    for (let at = 0; at < piece.length; at += READ_BYTES) {
      parts.push(piece.subarray(at, at + READ_BYTES));
    }
    return parts;
  });
}

function same(what, seen, expected) {
  if (isDeepStrictEqual(seen, expected)) return;
  throw new Error(`${what}: ${JSON.stringify(seen)} in place of ${JSON.stringify(expected)}`);
}

/**
 * Commands that are answered with a time of the clock. Replies are not counted here, so Redis is asked something
 * whose answer is right by itself: a small script that adds what has to be added. It only reads, so it runs wherever
 * the command would, for accounts that may only read and in a frozen instance as well.
 */
import type { ArgumentEdit } from '../resp/argument-edit.js';
import { argumentBytes, commandHead } from '../resp/command-bytes.js';
import type { Now } from './absolute-times.js';

/** -1 (no expiry) and -2 (no key) are no times. Seconds are rounded as Redis does (expire.c, ttlGenericCommand). */
const KEY_MS =
  "local t=redis.call('PEXPIRETIME',KEYS[1]) if t<0 then return t end return t+ARGV[1]";
const KEY_SECONDS =
  "local t=redis.call('PEXPIRETIME',KEYS[1]) if t<0 then return t end return math.floor((t+ARGV[1]+500)/1000)";

/** An error of Redis' passes as it is. Seconds are rounded up (t_hash.c, httlGenericCommand). */
const fieldsScript = (shown: string) =>
  "local by=table.remove(ARGV) local r=redis.pcall('HPEXPIRETIME',KEYS[1],unpack(ARGV)) " +
  `if type(r)=='table' and not r.err then for i,t in ipairs(r) do if t>=0 then r[i]=${shown} end end end return r`;
const FIELDS_MS = fieldsScript('t+by');
const FIELDS_SECONDS = fieldsScript('math.ceil((t+by)/1000)');

/** ARGV: virtualAt, realAt, rate. Two texts: seconds, and microseconds of the second (server.c, timeCommand). */
const TIME =
  "local t=redis.call('TIME') " +
  'local ms=ARGV[1]+(t[1]*1000-ARGV[2]+t[2]/1000)*ARGV[3] ' +
  'local us=math.floor(ms*1000+0.5) local s=math.floor(us/1000000) ' +
  "return {string.format('%.0f',s),string.format('%.0f',us-s*1000000)}";

const EVAL = argumentBytes('EVAL_RO');
const NOTHING = Buffer.alloc(0);

export const keyTimeMs = (now: Now): ArgumentEdit => asked(now, KEY_MS, 2);
export const keyTimeSeconds = (now: Now): ArgumentEdit => asked(now, KEY_SECONDS, 2);
export const fieldTimesMs = (now: Now, count: number): ArgumentEdit => asked(now, FIELDS_MS, count);
export const fieldTimesSeconds = (now: Now, count: number): ArgumentEdit =>
  asked(now, FIELDS_SECONDS, count);

/** `NAME key …` becomes `EVAL_RO script 1 key … offset`. */
function asked(now: Now, script: string, argumentCount: number): ArgumentEdit {
  const before = [EVAL, argumentBytes(script), argumentBytes('1')];
  return {
    head: Buffer.concat([commandHead(argumentCount + 3), ...before]),
    ...{ from: 0, bytesMax: 64 },
    take: (_, index) => (index === 0 ? NOTHING : null),
    end: () => argumentBytes(now().offset),
  };
}

/** In the place of `TIME`. */
export function timeOfClock(now: Now): Buffer {
  const { virtualAt, realAt, rate } = now().map;
  const numbers = [virtualAt, realAt, rate].map((number) => argumentBytes(String(number)));
  return Buffer.concat([
    ...[commandHead(6), EVAL, argumentBytes(TIME), argumentBytes('0')],
    ...numbers,
  ]);
}

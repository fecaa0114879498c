/**
 * Commands that tell Redis a time of the clock. Each is passed with the time that means the same to Redis; what
 * Redis refuses is passed so that Redis refuses it in the same words. Where a command is too long to be held until its
 * time is known for sure, it is made wrong rather than executed with a wrong time.
 */
import type { ArgumentEdit } from '../resp/argument-edit.js';
import { argumentBytes } from '../resp/command-bytes.js';
import { HeldArguments, type Rewrite } from './held-arguments.js';
import { Options, type FoundTime } from './options.js';
import { FIELD_TIME_MAX, integerOf, KEY_TIME_MAX, MILLISECOND, SECOND } from './virtual-time.js';
import { wordOf, type VirtualTime } from './virtual-time.js';

/** Asked at the moment at which something is sent: time may move while a command is on its way. */
export type Now = () => VirtualTime;

/** An option, or a time, is not longer. */
const SHORT_BYTES_MAX = 1024;
/** A value that may be held. */
const VALUE_BYTES_MAX = 32 * 1024;
/** Neither an option word nor a number: Redis refuses it. */
const WRONG = '?';
/** A time to live of more than 15 years is taken for a time of the clock, until the options are known. */
const FAR_MS = 500_000_000_000n;

/**
 * `SET key value … EXAT seconds`, and `GETEX`: t_string.c, parseExtendedStringArgumentsOrReply. Options may stand in any
 * order, so a time that stands before a long value (`IFEQ value`) is told behind it, when the command is whole.
 */
export function optionsAtTheEnd(now: Now, from: number): ArgumentEdit {
  const options = new Options(from, 0);
  let kept: { readonly args: readonly Buffer[]; readonly unit: bigint } | null = null;
  return new HeldArguments(from, SHORT_BYTES_MAX, ({ args, first, isEnd }) => {
    const { times } = options.read(args, first);
    if (isEnd) {
      const earlier = kept ? [{ at: args.length, unit: kept.unit }] : [];
      const all = [...args, ...(kept?.args ?? [])];
      return withTimes(all, [...earlier, ...times], now(), KEY_TIME_MAX);
    }
    if (args.length === 0) return [];
    const [time, another] = times;
    const isPair = time !== undefined && time.at + 1 < args.length;
    const isTooMuch = another !== undefined || (time !== undefined && (!isPair || kept !== null));
    if (isTooMuch || !options.isValue(first + args.length)) return [WRONG, ...args.slice(1)];
    if (!time) return args;
    kept = { args: args.slice(time.at, time.at + 2), unit: time.unit };
    return [...args.slice(0, time.at), ...args.slice(time.at + 2)];
  });
}

/** `MSETEX numkeys key value … EXAT seconds`, of Redis 8.4. */
export function optionsBehindPairs(now: Now): ArgumentEdit {
  let edit: ArgumentEdit | null = null;
  let from = Infinity;
  return {
    ...{ head: null, from: 1, bytesMax: SHORT_BYTES_MAX },
    take(argument, index) {
      const pairs = index === 1 && argument ? integerOf(argument) : null;
      if (pairs !== null && pairs > 0n) {
        from = 2 + 2 * Number(pairs);
        edit = optionsAtTheEnd(now, from);
      }
      return index < from ? null : (edit?.take(argument, index) ?? null);
    },
    end: () => edit?.end() ?? null,
  };
}

/** `HSETEX key EXAT seconds FIELDS 1 field value`, and `HGETEX`, of Redis 8: t_hash.c, the options may also stand last. */
export function optionsBesideFields(now: Now, perField: number): ArgumentEdit {
  const options = new Options(2, perField);
  return new HeldArguments(2, SHORT_BYTES_MAX, ({ args, first, isEnd }) => {
    const { times } = options.read(args, first);
    const told = withTimes(args, times, now(), FIELD_TIME_MAX);
    const last = times.at(-1);
    if (!last || isEnd || args[last.at + 1]) return told;
    return told.map((one, i) => (i === last.at ? WRONG : one)); // its time comes too late to be held
  });
}

/** All times, where Redis is going to take them: of several, the last one counts. */
function withTimes(
  args: readonly Buffer[],
  times: readonly FoundTime[],
  time: VirtualTime,
  max: bigint,
): Told {
  const told: (Buffer | string)[] = [...args];
  const last = times.at(-1);
  if (!last || times.some(({ unit }) => unit !== last.unit)) return told;
  const value = args[last.at + 1];
  const stored = value ? time.stored(value, last.unit, max) : null;
  if (stored !== null) for (const { at } of times) told.splice(at, 2, 'PXAT', stored);
  return told;
}

type Told = readonly (Buffer | string)[];

/** `EXPIREAT key seconds …` is told as PEXPIREAT: expire.c, expireGenericCommand. */
export function timeBehindKey(now: Now, unit: bigint, toldAs: string): ArgumentEdit {
  return keyThenTime(now, unit, toldAs, KEY_TIME_MAX);
}

/** `HEXPIREAT key seconds … FIELDS 1 field`, of Redis 7.4, is told as HPEXPIREAT: t_hash.c, hexpireGenericCommand. */
export function timeOfFields(now: Now, unit: bigint, toldAs: string): ArgumentEdit {
  return keyThenTime(now, unit, toldAs, FIELD_TIME_MAX);
}

function keyThenTime(now: Now, unit: bigint, toldAs: string, max: bigint): ArgumentEdit {
  const hasFields = max === FIELD_TIME_MAX;
  let isRenamed = false;
  const rewrite: Rewrite = ({ args, first, isEnd }) => {
    const told: (Buffer | string)[] = [...args];
    const place = 2 - first;
    const time = args[place];
    if (time) {
      const stored = now().stored(time, unit, max);
      if (!isEnd && !hasFields) told[place] = WRONG;
      else if (stored !== null) {
        told[place] = stored;
        if (first === 0) told[0] = toldAs;
        // What was told under the other name already must not mean something else there.
      } else if (isRenamed && (integerOf(time) ?? 0n) > 0n) told[place] = WRONG;
    } else if (first === 0 && args.length === 1) {
      isRenamed = unit === SECOND; // the key is long: its time is seen when this is gone
      told[0] = toldAs;
    }
    return told;
  };
  return new HeldArguments(0, SHORT_BYTES_MAX, rewrite);
}

/**
 * `RESTORE key ttl value … ABSTTL`: cluster.c, restoreCommand. A long value is not held; then it is guessed from the
 * number whether it is a time of the clock, and where the options, or a move of time, prove that wrong, Redis is made
 * to refuse the command.
 */
export function timeBeforeValue(now: Now): ArgumentEdit {
  const options = new Options(4, 0);
  let guessed: { readonly asTime: boolean; readonly offset: string } | null = null;
  return new HeldArguments(2, VALUE_BYTES_MAX, ({ args, first, isEnd }) => {
    const told: (Buffer | string)[] = [...args];
    const hasAbsolute = options.read(args, first).words.has('ABSTTL');
    const ttl = first === 2 ? args[0] : undefined;
    if (ttl) {
      const stored = now().stored(ttl, MILLISECOND);
      if (stored === null) return told; // 0, or wrong: the options make no difference
      const asTime = isEnd ? hasAbsolute : (integerOf(ttl) ?? 0n) > FAR_MS;
      if (asTime) told[0] = stored;
      if (!isEnd) guessed = { asTime, offset: now().offset };
      // More options than anybody needs.
      if (!isEnd && args.length > 2) told[0] = WRONG;
    } else if (guessed && args.length > 0) {
      const isRight = hasAbsolute === guessed.asTime;
      const hasMoved = guessed.asTime && now().offset !== guessed.offset;
      if (!isEnd || !isRight || hasMoved) told[0] = WRONG;
    }
    return told;
  });
}

/** `XCLAIM key group consumer min-idle id … TIME ms`: t_stream.c, xclaimCommand. */
export function timeBehindIds(now: Now): ArgumentEdit {
  let isTime = false;
  return {
    ...{ head: null, from: 5, bytesMax: SHORT_BYTES_MAX, end: () => null },
    take(argument) {
      const stored = isTime && argument ? now().stored(argument, MILLISECOND) : null;
      isTime = !isTime && argument !== null && wordOf(argument) === 'TIME';
      return stored === null ? null : argumentBytes(stored);
    },
  };
}

/** How the times of clients and those of Redis translate into each other: whole numbers, exact at any size. */
import type { TimeMap } from '../endpoint-spec.js';

export const SECOND = 1000n;
export const MILLISECOND = 1n;

/** The largest time of a key (long long), and of a field of a hash (t_hash.c, HFE_MAX_ABS_TIME_MSEC). */
export const KEY_TIME_MAX = 2n ** 63n - 1n;
export const FIELD_TIME_MAX = 2n ** 46n - 1n;

const INTEGER = /^(?:0|-?[1-9][0-9]{0,18})$/;

export class VirtualTime {
  /** Redis' times are the clients' times. */
  static readonly real = new VirtualTime({
    ...{ expiryOffsetMs: 0, virtualAt: 0 },
    ...{ realAt: 0, rate: 1 },
  });
  readonly #offset: bigint;

  constructor(readonly map: TimeMap) {
    this.#offset = BigInt(Math.round(map.expiryOffsetMs));
  }

  /** What is added to a time of Redis' to make it the clients' (ms). */
  get offset(): string {
    return String(this.#offset);
  }

  /**
   * What Redis is told for an absolute time of a client's (ms); null where Redis is told the same, because it
   * refuses it, or because it is over in any case. A time that Redis would refuse only after the translation is
   * the first or the last one that it takes.
   */
  stored(argument: Buffer, unit: bigint, max = KEY_TIME_MAX): string | null {
    const virtual = integerOf(argument);
    if (virtual === null || virtual <= 0n || virtual > max / unit) return null;
    const stored = virtual * unit - this.#offset;
    return String(stored < 1n ? 1n : stored > max ? max : stored);
  }
}

/** As Redis reads one (util.c, string2ll): no plus sign, no leading zeros, no spaces. */
export function integerOf(argument: Buffer): bigint | null {
  const text = argument.toString('latin1');
  if (!INTEGER.test(text)) return null;
  const value = BigInt(text);
  return value > KEY_TIME_MAX || value < -KEY_TIME_MAX - 1n ? null : value;
}

/** An option word, as C compares it: in any case, up to a zero byte. */
export function wordOf(argument: Buffer): string {
  return (argument.toString('latin1').split('\0', 1)[0] ?? '').toUpperCase();
}

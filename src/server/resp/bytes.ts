/** Reading lines of RESP without making strings. */

export const CR = 0x0d;
export const LF = 0x0a;
export const DOLLAR = 0x24;

/** A header line such as `*3\r\n` has at most this many bytes: a sign, 19 digits, a type and a line end. */
const HEADER_BYTES_MAX = 32;

/** The line is not whole yet. */
export const INCOMPLETE = -1;
/** Whole, but not to be read yet. */
export const LATER = -3;
/** Not a number as Redis reads one. */
export const MALFORMED = -2;

/** The number of a header line, and where the next line begins. */
export interface Header {
  value: number;
  next: number;
}

/**
 * Reads the number between a type byte and the line end, into `into`. As Redis
 * (string2ll in util.c): no plus sign, no leading zeros, no spaces. The byte
 * after CR is skipped unread (networking.c, processMultibulkBuffer).
 */
export function readHeader(bytes: Buffer, typeAt: number, into: Header): number {
  // Nearly all have one digit. Apart from the others, it is small enough to be compiled into whoever calls it.
  if (typeAt + 4 < bytes.length && bytes[typeAt + 2] === CR) {
    const digit = (bytes[typeAt + 1] as number) - 0x30;
    if (digit >= 0 && digit <= 9) {
      into.value = digit;
      into.next = typeAt + 4;
      return 0;
    }
  }
  return readLongHeader(bytes, typeAt, into);
}

function readLongHeader(bytes: Buffer, typeAt: number, into: Header): number {
  let at = typeAt + 1;
  const limit = Math.min(bytes.length, typeAt + HEADER_BYTES_MAX);
  const isNegative = bytes[at] === 0x2d;
  if (isNegative) at += 1;
  const firstDigit = at;
  let value = 0;
  for (; at < limit; at += 1) {
    const byte = bytes[at] as number; // within the buffer by the loop's bound
    if (byte >= 0x30 && byte <= 0x39) {
      if (at > firstDigit && bytes[firstDigit] === 0x30) return MALFORMED;
      value = value * 10 + (byte - 0x30);
      continue;
    }
    if (byte !== CR || at === firstDigit || (isNegative && value === 0)) return MALFORMED;
    if (at + 1 >= bytes.length) return INCOMPLETE;
    into.value = isNegative ? -value : value;
    into.next = at + 2;
    // How far below zero makes no difference to anybody.
    return isNegative || Number.isSafeInteger(value) ? 0 : MALFORMED;
  }
  return at - typeAt >= HEADER_BYTES_MAX ? MALFORMED : INCOMPLETE;
}

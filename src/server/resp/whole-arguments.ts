/** The arguments of a command whose bytes are there: to be looked inside of, as with a few, or to be passed by at once. */
import { CR, DOLLAR, INCOMPLETE, MALFORMED, readHeader, type Header } from './bytes.js';

export interface WholeArguments {
  readonly args: readonly Buffer[];
  readonly next: number;
}

/** The arguments of a command from its first one on; INCOMPLETE, or MALFORMED where Redis would complain and close. */
export function wholeArguments(
  bytes: Buffer,
  first: number,
  count: number,
): WholeArguments | typeof INCOMPLETE | typeof MALFORMED {
  const header: Header = { value: 0, next: 0 };
  const args: Buffer[] = [];
  let at = first;
  while (args.length < count) {
    if (at >= bytes.length) return INCOMPLETE;
    if (bytes[at] !== DOLLAR) return MALFORMED;
    const result = readHeader(bytes, at, header);
    if (result === INCOMPLETE) return INCOMPLETE;
    if (result === MALFORMED || header.value < 0) return MALFORMED;
    const end = header.next + header.value;
    if (end + 2 > bytes.length) return INCOMPLETE;
    args.push(bytes.subarray(header.next, end));
    at = end + 2;
  }
  return { args, next: at };
}

/**
 * Behind so many arguments that begin at `at`. INCOMPLETE where they do not end within `bytes`, or are not what nearly
 * all are (less than 100 bytes, and as they should be): then they are to be read one by one.
 */
export function pastArguments(bytes: Buffer, at: number, count: number): number {
  const { length } = bytes;
  for (let left = count; left > 0; left -= 1) {
    if (at + 5 > length || bytes[at] !== DOLLAR) return INCOMPLETE;
    const first = (bytes[at + 1] as number) - 0x30; // within the buffer by the check above, as the next two
    const second = bytes[at + 2] as number;
    if (first < 0 || first > 9) return INCOMPLETE;
    if (second === CR) at += first + 6;
    else {
      const isTwo = first > 0 && second >= 0x30 && second <= 0x39 && bytes[at + 3] === CR;
      if (!isTwo) return INCOMPLETE;
      at += first * 10 + second - 0x30 + 7;
    }
  }
  return at <= length ? at : INCOMPLETE;
}

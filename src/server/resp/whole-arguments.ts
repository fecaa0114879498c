/** The arguments of the few commands that are looked inside of, once all of their bytes are there. */
import { INCOMPLETE, MALFORMED, readHeader, type Header } from './bytes.js';

const DOLLAR = 0x24;

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

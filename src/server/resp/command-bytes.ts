/** Writing requests in RESP. */

/** One argument: its length, itself, a line end. */
export function argumentBytes(argument: Buffer | string): Buffer {
  const bytes = Buffer.from(argument);
  return Buffer.concat([Buffer.from(`$${String(bytes.length)}\r\n`), bytes, LINE_END]);
}

/** The line before the arguments. */
export function commandHead(argumentCount: number): Buffer {
  return Buffer.from(`*${String(argumentCount)}\r\n`);
}

const LINE_END = Buffer.from('\r\n');

/**
 * What Redis is shown of a bad header: it shall complain and close. It complains
 * when it has a whole line, so the line is ended here, wherever the client ends
 * it. And it looks for the line end with strchr, which would not get past a zero
 * byte (networking.c, processMultibulkBuffer).
 */
import { CR } from './bytes.js';

/** No more is shown: it is wrong by then. */
const SHOWN_BYTES_MAX = 32;
const QUESTION_MARK = 0x3f;
const LINE_END = Buffer.from('\r\n');

export function badHeader(bytes: Buffer, at: number): Buffer {
  const header = bytes.subarray(at, at + SHOWN_BYTES_MAX);
  const lineEnd = header.indexOf(CR);
  const line = lineEnd === -1 ? header : header.subarray(0, lineEnd);
  return Buffer.concat([line.map((byte) => byte || QUESTION_MARK), LINE_END]);
}

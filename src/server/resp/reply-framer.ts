/**
 * Follows what Redis sends just far enough to know where a line begins, so
 * that error lines can be told from the same bytes inside a value. Replies are
 * not counted and not decoded: nothing here needs to know which request they
 * answer, nor how deep a line stands in an array.
 */
import { DOLLAR, INCOMPLETE, LF, MALFORMED, readHeader, type Header } from './bytes.js';

export interface ReplySink {
  /** Asked for each error line (and each simple string, while `simpleStrings` is set). Bytes in its place, or null to pass it. */
  rewrite(line: Buffer): Buffer | null;
  /** Takes bytes for the client; they are good only until the next chunk is pushed. */
  send(bytes: Buffer): void;
}

const MINUS = 0x2d;
const PLUS = 0x2b;
/** These have a length, then that many bytes and a line end, as `$` has: verbatim string, bulk error. */
const EQUALS = 0x3d;
const EXCLAMATION_MARK = 0x21;
/** Nearly all lines end within this: to look by hand is faster there than to call for a search. */
const SHORT_LINE_BYTES = 24;
/** An error line longer than this passes unread; none of Redis' or ours is. */
const LINE_BYTES_MAX = 64 * 1024;

export class ReplyFramer {
  /** Also ask about simple strings (`+OK`). */
  simpleStrings = false;
  /** Bytes of the current value, its line end included. */
  #bytesOwed = 0;
  /** Inside a line that passes whatever it says. */
  #inLine = false;
  #held: Buffer | null = null;
  readonly #header: Header = { value: 0, next: 0 };

  constructor(private readonly sink: ReplySink) {}

  push(chunk: Buffer): void {
    const bytes = this.#held ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = null;
    let from = 0; // the first byte that was not sent yet
    let at = 0;
    while (at < bytes.length) {
      if (this.#bytesOwed > 0) {
        const step = Math.min(this.#bytesOwed, bytes.length - at);
        this.#bytesOwed -= step;
        at += step;
        continue;
      }
      if (this.#inLine) {
        const lineEnd = bytes.indexOf(LF, at);
        this.#inLine = lineEnd === -1;
        at = lineEnd === -1 ? bytes.length : lineEnd + 1;
        continue;
      }
      const type = bytes[at] as number; // within the buffer by the loop's bound
      if (type === MINUS || (type === PLUS && this.simpleStrings)) {
        const lineEnd = bytes.indexOf(LF, at);
        if (lineEnd === -1 && bytes.length - at <= LINE_BYTES_MAX) {
          this.#hold(bytes, from, at);
          return;
        }
        const instead = lineEnd === -1 ? null : this.sink.rewrite(bytes.subarray(at, lineEnd + 1));
        if (instead) {
          if (at > from) this.sink.send(bytes.subarray(from, at));
          if (instead.length > 0) this.sink.send(instead);
          from = lineEnd + 1;
        }
        this.#inLine = lineEnd === -1;
        at = lineEnd === -1 ? bytes.length : lineEnd + 1;
      } else if (type === DOLLAR || type === EQUALS || type === EXCLAMATION_MARK) {
        const result = readHeader(bytes, at, this.#header);
        if (result === INCOMPLETE) {
          this.#hold(bytes, from, at);
          return;
        }
        // `$?` would begin a streamed string; no Redis sends one.
        if (result === MALFORMED) this.#inLine = true;
        else {
          if (this.#header.value >= 0) this.#bytesOwed = this.#header.value + 2;
          at = this.#header.next;
        }
      } else {
        // A number, a simple string, or the header of an array, map, set or push.
        const next = lineEndNear(bytes, at);
        this.#inLine = next === -1;
        if (next !== -1) at = next;
      }
    }
    if (bytes.length > from) this.sink.send(from === 0 ? bytes : bytes.subarray(from));
  }

  /** Nothing follows: what is not whole is passed as it is. */
  end(): void {
    if (this.#held) this.sink.send(this.#held);
    this.#held = null;
  }

  #hold(bytes: Buffer, from: number, at: number): void {
    if (at > from) this.sink.send(bytes.subarray(from, at));
    this.#held = Buffer.from(bytes.subarray(at));
  }
}

/** Where the next line begins, or -1 where that is not near. */
function lineEndNear(bytes: Buffer, from: number): number {
  const limit = Math.min(bytes.length, from + SHORT_LINE_BYTES);
  for (let at = from; at < limit; at += 1) if (bytes[at] === LF) return at + 1;
  return -1;
}

/**
 * Finds the commands in what a client sends, asks about each, and passes the
 * bytes of the allowed ones on as they are. It reads as Redis reads
 * (networking.c, processMultibulkBuffer and processInlineBuffer): whatever the
 * two would understand differently could slip past the gate.
 *
 *   chunk  *2 $3 GET $1 a  *3 $3 SET $1 a $1 1  *2 $3 GE
 *          ╰──── pass ───╯╰───── replaced ────╯╰─ held until it is whole ─╯
 *
 * Progress is three numbers and the bytes of a head that the chunk's end cut.
 */
import { badHeader } from './bad-header.js';
import { INCOMPLETE, LATER, LF, MALFORMED, readHeader, type Header } from './bytes.js';
import { HeldBytes } from './held-bytes.js';
import { inlineArguments } from './inline-arguments.js';
import {
  ASK_AGAIN,
  LAST,
  LOOK_INSIDE,
  type CommandLookup,
  type RequestSink,
} from './request-sink.js';
import { wholeArguments } from './whole-arguments.js';

const STAR = 0x2a;
const DOLLAR = 0x24;
/** Names are looked at up to this size; Redis has none that is longer than some dozens. */
const NAME_BYTES_MAX = 64 * 1024;
/**
 * Redis gives up on an inline command of more than 64 KB without a line end, as
 * it notices after a read of up to 16 KB. A line past both is passed on without
 * its end: when Redis is busy it reads more at once, and would execute the line.
 */
const INLINE_BYTES_MAX = 64 * 1024 + 16 * 1024;
/** proto-max-bulk-len. */
const BULK_BYTES_MAX = 512 * 1024 * 1024;
const ARGUMENTS_MAX = 2_147_483_647;
/** A command is looked inside of up to this size. */
const INSPECTED_BYTES_MAX = 64 * 1024;
/** And of up to this many arguments: it is read again with each piece that comes, and that must not get expensive. */
const INSPECTED_ARGUMENTS_MAX = 1024;
const LONE_ARGUMENT = Buffer.from('*1\r\n');

export class RequestFramer<Entry> {
  /** Arguments of the current command whose header was not seen yet. */
  #argumentsOwed = 0;
  /** Bytes of the current argument, its line end included. */
  #bytesOwed = 0;
  /** The current command is being left out. */
  #refusing = false;
  /** Redis will close the connection: nothing more is passed on. */
  #broken: 'no' | 'in-line' | 'in-header' = 'no';
  readonly #held = new HeldBytes();
  /** The sink said LAST. */
  #isLast = false;
  /** The sink said ASK_AGAIN. */
  #waiting = false;
  /** What the sink decided about the head that was just read. */
  #replacement: Buffer | null = null;
  #replacementAtEnd: Buffer | null = null;
  readonly #header: Header = { value: 0, next: 0 };

  constructor(
    private readonly lookup: () => CommandLookup<Entry>,
    private readonly sink: RequestSink<Entry>,
  ) {}

  push(chunk: Buffer): void {
    if (this.#broken !== 'no') return;
    if (this.#waiting) {
      this.#held.add(chunk);
      return;
    }
    if (this.#held.length === 0) this.#read(chunk);
    else if (!this.#waitsForLineEnd(chunk)) this.#read(Buffer.concat([this.#held.take(), chunk]));
  }

  /** The command that could not be decided, and what came after it. */
  again(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#read(this.#held.take());
  }

  #read(bytes: Buffer): void {
    let from = 0; // the first byte that was not sent yet
    let at = 0;
    while (at < bytes.length && this.#broken === 'no') {
      if (this.#bytesOwed > 0) {
        const step = Math.min(this.#bytesOwed, bytes.length - at);
        this.#bytesOwed -= step;
        at += step;
      } else if (this.#argumentsOwed > 0) {
        const next = this.#readArgumentHeader(bytes, at);
        if (next === INCOMPLETE) {
          this.#hold(bytes, from, at);
          return;
        }
        at = next;
      } else {
        const start = at;
        const next = bytes[at] === STAR ? this.#readHead(bytes, at) : this.#readInline(bytes, at);
        if (next < 0) {
          this.#waiting = next === LATER;
          this.#hold(bytes, from, at);
          return;
        }
        at = next;
        if (this.#replacement) {
          if (start > from) this.sink.send(bytes.subarray(from, start));
          this.sink.send(this.#replacement);
          this.#replacement = null;
          this.#refusing = true;
        } else if (this.#replacementAtEnd) {
          if (start > from) this.sink.send(bytes.subarray(from, start));
          this.#refusing = true;
        }
      }
      const isAtItsEnd = this.#bytesOwed === 0 && this.#argumentsOwed === 0;
      if (this.#isLast && isAtItsEnd) this.#broken = 'in-line';
      if (this.#refusing) {
        from = at;
        if (isAtItsEnd) {
          this.#refusing = false;
          if (this.#replacementAtEnd) this.sink.send(this.#replacementAtEnd);
          this.#replacementAtEnd = null;
        }
      }
    }
    if (at > from) this.sink.send(bytes.subarray(from, at));
    if (this.#broken === 'in-header') this.#sendBadHeader(bytes, at);
  }

  /** `*3\r\n$3\r\nSET\r\n`, and the second argument where the command has subcommands. */
  #readHead(bytes: Buffer, start: number): number {
    const header = this.#header;
    const result = readHeader(bytes, start, header);
    if (result === INCOMPLETE) return INCOMPLETE;
    const isWrong = result === MALFORMED || header.value > ARGUMENTS_MAX;
    if (isWrong) return this.#break('in-header', start);
    const argumentCount = header.value;
    if (argumentCount <= 0) return header.next; // Redis takes it for an empty command
    let lookup: CommandLookup<Entry> | undefined = this.lookup();
    let entry: Entry | undefined;
    const first = header.next;
    let at = first;
    let read = 0;
    while (lookup && read < argumentCount) {
      if (at >= bytes.length) return INCOMPLETE;
      if (bytes[at] !== DOLLAR) return this.#break('in-header', at);
      const found = readHeader(bytes, at, header);
      if (found === INCOMPLETE) return INCOMPLETE;
      if (found === MALFORMED || header.value < 0) return this.#break('in-header', at);
      if (header.value > NAME_BYTES_MAX) {
        // Above what Redis takes for an argument, it complains and closes.
        if (header.value <= BULK_BYTES_MAX) entry = lookup.tooLong;
        break;
      }
      const nameEnd = header.next + header.value;
      if (nameEnd + 2 > bytes.length) return INCOMPLETE;
      const next = lookup.find(bytes, header.next, nameEnd);
      if (!next) break;
      entry = next;
      lookup = lookup.subcommandsOf(entry);
      at = nameEnd + 2;
      read += 1;
    }
    const decision = this.sink.decide(entry, argumentCount);
    if (decision === LOOK_INSIDE) return this.#readWhole(bytes, start, first, entry, argumentCount);
    this.#argumentsOwed = argumentCount - read;
    this.#follow(decision);
    if (entry !== undefined && entry === lookup?.tooLong) {
      // Redis waits for its end.
      this.#replacementAtEnd = this.#replacement;
      this.#replacement = null;
    }
    return at;
  }

  /** A command whose name was read, from its first argument on. */
  #readWhole(
    bytes: Buffer,
    start: number,
    first: number,
    entry: Entry | undefined,
    argumentCount: number,
  ): number {
    const isLong = argumentCount > INSPECTED_ARGUMENTS_MAX;
    const found = isLong ? INCOMPLETE : wholeArguments(bytes, first, argumentCount);
    if (typeof found === 'object') return this.#inspect(entry, found.args) ? found.next : LATER;
    const isTooLong = isLong || bytes.length - start > INSPECTED_BYTES_MAX;
    if (found === INCOMPLETE && !isTooLong) return INCOMPLETE;
    // What Redis complains of is found by reading on as with any other command.
    this.#argumentsOwed = argumentCount;
    this.#replacement = null;
    if (found === INCOMPLETE) this.#inspect(entry, null);
    return first;
  }

  #follow(decision: Buffer | null | typeof LAST): void {
    this.#isLast = decision === LAST;
    this.#replacement = decision === LAST ? null : decision;
  }

  /** Returns false where the sink wants to be asked again. */
  #inspect(entry: Entry | undefined, args: readonly Buffer[] | null): boolean {
    const decision = this.sink.inspect?.(entry, args) ?? null;
    if (decision === ASK_AGAIN) return false;
    this.#replacement = decision;
    return true;
  }

  /** The sink is to be asked again: the command, and all behind it, is held. */
  get isWaiting(): boolean {
    return this.#waiting;
  }

  #readInline(bytes: Buffer, start: number): number {
    const lineEnd = bytes.indexOf(LF, start);
    if (lineEnd === -1) {
      const isTooLong = bytes.length - start > INLINE_BYTES_MAX;
      return isTooLong ? this.#break('in-line', bytes.length) : INCOMPLETE;
    }
    const found = inlineArguments(bytes.subarray(start, lineEnd));
    if (!found) return this.#break('in-line', lineEnd + 1); // unbalanced quotes
    const [name, subcommand] = found;
    if (name) {
      const lookup = this.lookup();
      const entry = lookup.find(name, 0, name.length);
      const inner = entry && subcommand ? lookup.subcommandsOf(entry) : undefined;
      const narrower = subcommand ? inner?.find(subcommand, 0, subcommand.length) : undefined;
      const decision = this.sink.decide(narrower ?? entry, found.length);
      if (decision !== LOOK_INSIDE) this.#follow(decision);
      else if (!this.#inspect(narrower ?? entry, found)) return LATER;
    }
    return lineEnd + 1;
  }

  #readArgumentHeader(bytes: Buffer, at: number): number {
    if (bytes[at] !== DOLLAR) return this.#break('in-header', at);
    const result = readHeader(bytes, at, this.#header);
    if (result === INCOMPLETE) return INCOMPLETE;
    if (result === MALFORMED || this.#header.value < 0) return this.#break('in-header', at);
    this.#bytesOwed = this.#header.value + 2;
    this.#argumentsOwed -= 1;
    return this.#header.next;
  }

  /** A protocol error: what stands before `at` is passed on. */
  #break(how: 'in-line' | 'in-header', at: number): number {
    this.#broken = how;
    return at;
  }

  #sendBadHeader(bytes: Buffer, at: number): void {
    // The beginning of a refused command was left out: without one, Redis would take the line for inline.
    if (this.#refusing) this.sink.send(LONE_ARGUMENT);
    this.sink.send(badHeader(bytes, at));
  }

  /** Sends what is decided and keeps the rest. A copy: the chunk belongs to the socket. */
  #hold(bytes: Buffer, from: number, at: number): void {
    if (at > from && !this.#refusing) this.sink.send(bytes.subarray(from, at));
    this.#held.add(bytes.subarray(at));
  }

  /** A long inline command that comes in small pieces is put together once, at its end. */
  #waitsForLineEnd(chunk: Buffer): boolean {
    const isInline = this.#argumentsOwed === 0 && this.#held.first !== STAR;
    if (!isInline || chunk.includes(LF)) return false;
    if (this.#held.length + chunk.length > INLINE_BYTES_MAX) return false;
    this.#held.add(chunk);
    return true;
  }
}

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
import { editWhole } from './argument-edit.js';
import { badHeader } from './bad-header.js';
import { DOLLAR, INCOMPLETE, LATER, LF, MALFORMED, readHeader, type Header } from './bytes.js';
import { EditedCommand } from './edited-command.js';
import { HeldBytes } from './held-bytes.js';
import { inlineArguments } from './inline-arguments.js';
import * as limits from './limits.js';
import {
  ASK_AGAIN,
  LAST,
  LOOK_INSIDE,
  type CommandLookup,
  type Decision,
  type RequestSink,
} from './request-sink.js';
import { pastArguments, wholeArguments } from './whole-arguments.js';

const STAR = 0x2a;
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
  /** What is to be done about the rest of the current command. */
  #rest: EditedCommand | typeof LAST | null = null;
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
        if (this.#rest === null || this.#rest === LAST || next === at) at = next;
        else {
          from = this.#rest.take(bytes, from, at, next, this.#bytesOwed - 2);
          // What is shown is there whole, and may have been sent as something else.
          if (from > next) this.#bytesOwed = 0;
          at = Math.max(from, next);
        }
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
          if (this.#rest === null) this.#refusing = true;
          else from = at; // an edit has a head of its own
        } else if (this.#replacementAtEnd) {
          if (start > from) this.sink.send(bytes.subarray(from, start));
          this.#refusing = true;
        }
      }
      const isAtItsEnd = this.#bytesOwed === 0 && this.#argumentsOwed === 0;
      if (this.#rest !== null && isAtItsEnd) {
        if (this.#rest === LAST) this.#broken = 'in-line';
        else from = this.#rest.end(bytes, from, at);
        this.#rest = null;
      }
      if (this.#refusing) {
        from = at;
        if (isAtItsEnd) {
          this.#refusing = false;
          if (this.#replacementAtEnd) this.sink.send(this.#replacementAtEnd);
          this.#replacementAtEnd = null;
        }
      }
    }
    if (at > from) this.sink.send(at - from === bytes.length ? bytes : bytes.subarray(from, at));
    if (this.#broken === 'in-header') this.#sendBadHeader(bytes, at);
  }

  /** `*3\r\n$3\r\nSET\r\n`, and the second argument where the command has subcommands. */
  #readHead(bytes: Buffer, start: number): number {
    const header = this.#header;
    const result = readHeader(bytes, start, header);
    if (result === INCOMPLETE) return INCOMPLETE;
    const isWrong = result === MALFORMED || header.value > limits.ARGUMENTS_MAX;
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
      if (header.value > limits.NAME_BYTES_MAX) {
        // Above what Redis takes for an argument, it complains and closes.
        if (header.value <= limits.BULK_BYTES_MAX) entry = lookup.tooLong;
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
    if (decision === null) {
      const next = pastArguments(bytes, at, argumentCount - read);
      if (next !== INCOMPLETE) return next;
      this.#argumentsOwed = argumentCount - read;
      return at;
    }
    if (decision === LOOK_INSIDE) return this.#readWhole(bytes, start, first, entry, argumentCount);
    if (decision === ASK_AGAIN) return LATER;
    this.#follow(decision);
    const isEdited = this.#rest !== null && this.#rest !== LAST;
    this.#argumentsOwed = argumentCount - (isEdited ? 0 : read);
    if (isEdited) return first; // from the name on
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
    const isLong = argumentCount > limits.INSPECTED_ARGUMENTS_MAX;
    const found = isLong ? INCOMPLETE : wholeArguments(bytes, first, argumentCount);
    if (typeof found === 'object') return this.#inspect(entry, found.args) ? found.next : LATER;
    const isTooLong = isLong || bytes.length - start > limits.INSPECTED_BYTES_MAX;
    if (found === INCOMPLETE && !isTooLong) return INCOMPLETE;
    // What Redis complains of is found by reading on as with any other command.
    this.#argumentsOwed = argumentCount;
    this.#replacement = null;
    if (found === INCOMPLETE) this.#inspect(entry, null);
    return first;
  }

  #follow(decision: Exclude<Decision, typeof LOOK_INSIDE | typeof ASK_AGAIN>): void {
    const isBytes = decision === null || Buffer.isBuffer(decision);
    this.#replacement = isBytes ? decision : decision === LAST ? null : decision.head;
    if (isBytes || decision === LAST) this.#rest = isBytes ? null : LAST;
    else this.#rest = new EditedCommand(decision, (bytes) => this.sink.send(bytes));
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

  /** The end of a command that was decided has not come yet. */
  get isInside(): boolean {
    return this.#argumentsOwed > 0 || this.#bytesOwed > 0;
  }

  #readInline(bytes: Buffer, start: number): number {
    const lineEnd = bytes.indexOf(LF, start);
    if (lineEnd === -1) {
      const isTooLong = bytes.length - start > limits.INLINE_BYTES_MAX;
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
      if (decision === ASK_AGAIN) return LATER;
      if (decision === LOOK_INSIDE) {
        if (!this.#inspect(narrower ?? entry, found)) return LATER;
      } else {
        const isEdit = decision !== null && decision !== LAST && !Buffer.isBuffer(decision);
        this.#follow(isEdit ? editWhole(decision, found) : decision);
      }
    }
    return lineEnd + 1;
  }

  #readArgumentHeader(bytes: Buffer, at: number): number {
    if (bytes[at] !== DOLLAR) return this.#break('in-header', at);
    const result = readHeader(bytes, at, this.#header);
    if (result === INCOMPLETE) return INCOMPLETE;
    if (result === MALFORMED || this.#header.value < 0) return this.#break('in-header', at);
    const { value, next } = this.#header;
    if (this.#rest !== null && this.#rest !== LAST && next + value + 2 > bytes.length) {
      if (this.#rest.needsWhole(value)) return INCOMPLETE;
    }
    this.#bytesOwed = value + 2;
    this.#argumentsOwed -= 1;
    return next;
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
    if (this.#held.length + chunk.length > limits.INLINE_BYTES_MAX) return false;
    this.#held.add(chunk);
    return true;
  }
}

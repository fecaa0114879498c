/** What the framer of requests asks about the commands that it finds. */
import type { ArgumentEdit } from './argument-edit.js';

/** A command by its first argument, and by its second where it has subcommands. */
export interface CommandLookup<Entry> {
  find(bytes: Buffer, start: number, end: number): Entry | undefined;
  /** What stands for a name of more bytes than are looked at. */
  readonly tooLong: Entry;
  subcommandsOf(entry: Entry): CommandLookup<Entry> | undefined;
}

/** What decides wants to see all arguments first. */
export const LOOK_INSIDE = Symbol('look inside');
/** It passes, and Redis closes the connection behind it: nothing after it is passed on. */
export const LAST = Symbol('last');
/** It cannot be decided now: nothing is read on before `again()`. */
export const ASK_AGAIN = Symbol('ask again');

export type Decision =
  Buffer | null | ArgumentEdit | typeof LAST | typeof LOOK_INSIDE | typeof ASK_AGAIN;

export interface RequestSink<Entry> {
  /**
   * Asked for each command; `undefined` is one that Redis does not know. Bytes to be sent in its place, null to
   * pass it, or an edit of its arguments. Asked once, but for those it wants to look inside of or be asked about again.
   */
  decide(entry: Entry | undefined, argumentCount: number): Decision;
  /** Asked for those it wants to look inside of, with all arguments, the name first; null: there are more bytes of them than anybody looks at. */
  inspect?(
    entry: Entry | undefined,
    args: readonly Buffer[] | null,
  ): Buffer | null | typeof ASK_AGAIN;
  /** Takes bytes for Redis; they are good only until the next chunk is pushed. */
  send(bytes: Buffer): void;
}

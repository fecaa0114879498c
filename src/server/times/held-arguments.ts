/** An edit that holds arguments until the command is whole, so that they are translated at the moment they are sent. */
import type { ArgumentEdit } from '../resp/argument-edit.js';
import { argumentBytes } from '../resp/command-bytes.js';

/** What is held of one command. */
const HELD_BYTES_MAX = 64 * 1024;
/** What an argument costs besides its bytes. */
const EACH_BYTES = 100;
const NOTHING = Buffer.alloc(0);

/** Arguments that were held together. */
export interface Held {
  readonly args: readonly Buffer[];
  /** The place of the first one in the command; the name is 0. */
  readonly first: number;
  /** Nothing follows. Otherwise what follows is a long argument, or more than is held. */
  readonly isEnd: boolean;
}

/** What goes out in their place, as many. */
export type Rewrite = (held: Held) => readonly (Buffer | string)[];

export class HeldArguments implements ArgumentEdit {
  readonly head = null;
  #args: Buffer[] = [];
  #first = 0;
  #bytes = 0;

  constructor(
    readonly from: number,
    readonly bytesMax: number,
    private readonly rewrite: Rewrite,
  ) {}

  take(argument: Buffer | null, index: number): Buffer | null {
    if (argument === null) return this.#flush(false);
    const cost = argument.length + EACH_BYTES;
    const isFull = this.#args.length > 0 && this.#bytes + cost > HELD_BYTES_MAX;
    const out = isFull ? this.#flush(false) : NOTHING;
    if (this.#args.length === 0) this.#first = index;
    this.#args.push(Buffer.from(argument)); // it belongs to the socket
    this.#bytes += cost;
    return out;
  }

  end(): Buffer {
    return this.#flush(true);
  }

  #flush(isEnd: boolean): Buffer {
    const told = this.rewrite({ args: this.#args, first: this.#first, isEnd });
    this.#args = [];
    this.#bytes = 0;
    return Buffer.concat(told.map(argumentBytes));
  }
}

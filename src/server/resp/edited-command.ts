/** A command on its way through the framer while its arguments are edited. */
import type { ArgumentEdit } from './argument-edit.js';

export class EditedCommand {
  #index = 0;

  constructor(
    private readonly edit: ArgumentEdit,
    private readonly send: (bytes: Buffer) => void,
  ) {}

  /** The whole of the next argument has to be there when it has this many bytes: it is going to be shown. */
  needsWhole(length: number): boolean {
    return this.#index >= this.edit.from && length <= this.edit.bytesMax;
  }

  /**
   * An argument that begins at `at` and has its bytes from `valueAt` on; of what stands before it, the bytes from
   * `from` on were not sent yet. Returns from where on they were not sent now.
   */
  take(bytes: Buffer, from: number, at: number, valueAt: number, length: number): number {
    const index = this.#index;
    this.#index += 1;
    if (index < this.edit.from) return from;
    const isShown = length <= this.edit.bytesMax;
    const value = isShown ? bytes.subarray(valueAt, valueAt + length) : null;
    const instead = this.edit.take(value, index);
    if (!instead) return from;
    this.#send(bytes, from, at, instead);
    return isShown ? valueAt + length + 2 : at;
  }

  /** The last argument ends at `at`. Returns from where on nothing was sent now. */
  end(bytes: Buffer, from: number, at: number): number {
    const last = this.edit.end();
    if (!last) return from;
    this.#send(bytes, from, at, last);
    return at;
  }

  #send(bytes: Buffer, from: number, at: number, instead: Buffer): void {
    if (at > from) this.send(bytes.subarray(from, at));
    if (instead.length > 0) this.send(instead);
  }
}

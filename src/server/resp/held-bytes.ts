/** Bytes that wait for what follows them, in one buffer: one for each piece would take a hundred times what is in it. */
const NOTHING = Buffer.alloc(0);

export class HeldBytes {
  /** The first `length` bytes of it are in use. */
  #buffer = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get first(): number | undefined {
    return this.#buffer[0];
  }

  /** Copies them: they belong to the socket. */
  add(bytes: Buffer): void {
    const needed = this.#length + bytes.length;
    if (needed > this.#buffer.length) {
      // Twice as much from the second time on, so that it is not copied for each piece.
      const roomier = Buffer.allocUnsafe(this.#length === 0 ? needed : 2 * needed);
      this.#buffer.copy(roomier, 0, 0, this.#length);
      this.#buffer = roomier;
    }
    bytes.copy(this.#buffer, this.#length);
    this.#length = needed;
  }

  take(): Buffer {
    const held = this.#buffer.subarray(0, this.#length);
    this.#buffer = NOTHING;
    this.#length = 0;
    return held;
  }
}

/** The last line of a terminal, drawn again and again below what is printed; where there is no terminal, a line now and then. */

const WIPE = '\r\u001b[K';
/** Where nothing can be drawn again (real ms). */
const PLAIN_EVERY_MS = 5_000;

export class LiveLine {
  #shown = '';
  #lastPlain = 0;

  constructor(private readonly out: NodeJS.WriteStream = process.stdout) {}

  /** In place of what stands there. */
  show(text: string): void {
    if (this.out.isTTY) {
      this.#shown = text.slice(0, this.out.columns - 1);
      this.out.write(`${WIPE}${this.#shown}`);
      return;
    }
    if (performance.now() < this.#lastPlain + PLAIN_EVERY_MS) return;
    this.#lastPlain = performance.now();
    this.out.write(`${text}\n`);
  }

  /** Above it, for good. */
  print(text: string): void {
    this.out.write(this.out.isTTY ? `${WIPE}${text}\n${this.#shown}` : `${text}\n`);
  }

  /** What is printed from now on is as usual. */
  end(): void {
    if (this.out.isTTY) this.out.write(WIPE);
  }
}

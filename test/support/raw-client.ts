/** A TCP client that knows nothing of Redis: tests say which bytes go out and compare those that come in. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

const WAIT_MS = 20_000;

export class RawClient implements AsyncDisposable {
  #chunks: Buffer[] = [];
  #length = 0;
  #ended = false;
  #closed = false;
  #changed = new Set<() => void>();

  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#length += chunk.length;
      this.#tell();
    });
    // What an error means for a test is that the connection is closed.
    socket.on('error', () => undefined);
    socket.on('end', () => {
      this.#ended = true;
      this.#tell();
    });
    socket.on('close', () => {
      this.#closed = true;
      this.#tell();
    });
  }

  static connect(port: number, host = '127.0.0.1', from?: string): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect({
        ...(from === undefined ? {} : { localAddress: from }),
        ...{ port, host, noDelay: true, allowHalfOpen: true },
      });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawClient(socket));
      });
    });
  }

  get isOpen(): boolean {
    return !this.#ended && !this.#closed;
  }

  send(...parts: readonly (Buffer | string)[]): void {
    this.socket.write(Buffer.concat(parts.map((part) => Buffer.from(part))));
  }

  /** Each piece in a turn of its own, so that it arrives as a chunk of its own. */
  async sendPieces(pieces: readonly Buffer[]): Promise<void> {
    for (const piece of pieces) {
      if (piece.length === 0) continue;
      this.socket.write(piece);
      await turns(2);
    }
  }

  /** Takes exactly this many bytes. */
  async take(count: number): Promise<Buffer> {
    await this.#until(`${String(count)} bytes`, () => this.#length >= count);
    return this.#takeNow(count);
  }

  /** Takes everything up to the marker, and the marker. */
  async takeUntil(marker: string): Promise<Buffer> {
    const end = () => this.#bytes().indexOf(marker);
    await this.#until(JSON.stringify(marker), () => end() !== -1);
    return this.#takeNow(end() + Buffer.byteLength(marker));
  }

  /** Takes one line, without its end. */
  async takeLine(): Promise<string> {
    return (await this.takeUntil('\r\n')).toString('latin1').slice(0, -2);
  }

  async takeLines(count: number): Promise<string[]> {
    const lines: string[] = [];
    while (lines.length < count) lines.push(await this.takeLine());
    return lines;
  }

  /** Takes everything until the other side says no more. */
  async takeToEnd(): Promise<Buffer> {
    await this.#until('the end of the connection', () => this.#ended || this.#closed);
    return this.#takeNow(this.#length);
  }

  /** Sends and takes the answer: all that comes before the answer to a PING behind it. Not within MULTI. */
  async ask(...parts: readonly (Buffer | string)[]): Promise<string> {
    const { sent, answer } = nextMarker();
    this.send(...parts, sent);
    const all = (await this.takeUntil(answer)).toString('latin1');
    return all.slice(0, -answer.length);
  }

  /** Ends our side; the other one may still talk. */
  end(): void {
    this.socket.end();
  }

  destroy(): void {
    this.socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.destroy();
    if (!this.#closed) await once(this.socket, 'close');
  }

  #tell(): void {
    for (const changed of this.#changed) changed();
  }

  #bytes(): Buffer {
    if (this.#chunks.length !== 1) this.#chunks = [Buffer.concat(this.#chunks)];
    return this.#chunks[0] as Buffer; // just made so
  }

  #takeNow(count: number): Buffer {
    const bytes = this.#bytes();
    this.#chunks = [bytes.subarray(count)];
    this.#length -= count;
    return bytes.subarray(0, count);
  }

  #until(what: string, isThere: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (problem?: string): void => {
        clearTimeout(late);
        this.#changed.delete(look);
        if (problem === undefined) resolve();
        else {
          const tail = JSON.stringify(this.#bytes().subarray(-300).toString('latin1'));
          reject(new Error(`${problem} while waiting for ${what}; unread: ${tail}`));
        }
      };
      const look = (): void => {
        if (isThere()) settle();
        else if (this.#ended || this.#closed) settle('the connection ended');
      };
      const late = setTimeout(() => {
        settle(`${String(WAIT_MS)} ms went by`);
      }, WAIT_MS);
      this.#changed.add(look);
      look();
    });
  }
}

let markers = 0;

/** A PING that no other answer can be taken for. */
export function nextMarker(): { readonly sent: Buffer; readonly answer: string } {
  markers += 1;
  const text = `marker-${String(markers)}-`.padEnd(20, 'm');
  return { sent: command('PING', text), answer: `$${String(text.length)}\r\n${text}\r\n` };
}

/** A command as clients write it. */
export function command(...args: readonly (string | Buffer)[]): Buffer {
  const parts = args.map((arg) => {
    const bytes = Buffer.from(arg);
    return Buffer.concat([Buffer.from(`$${String(bytes.length)}\r\n`), bytes, Buffer.from('\r\n')]);
  });
  return Buffer.concat([Buffer.from(`*${String(args.length)}\r\n`), ...parts]);
}

/** In each turn of the event loop, sockets are read once. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** Waits until it is so; the error says what was waited for. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = WAIT_MS,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) {
      throw new Error(`${String(withinMs)} ms went by while waiting until ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * Tells when Redis has read, and carried out, all that lies in the sockets of its clients.
 *
 * Redis takes turns: it asks the system which sockets have bytes, is told of all of them (ae_epoll.c, level-triggered), and
 * reads up to 16 KB of each (networking.c, readQueryFromClient), carrying out what it reads. It counts what it reads
 * of all clients together (INFO, total_net_input_bytes). When that number has grown by our own question only, and
 * then once more, there was a turn between the two in which no socket had anything.
 */
import { connect, type Socket } from 'node:net';
import type { BackendAddress } from './endpoint-spec.js';
import { loginBytes } from './login-desk.js';

const QUESTION = Buffer.from('*2\r\n$4\r\nINFO\r\n$5\r\nstats\r\n');
/**
 * Where others keep talking to the same Redis, it never is quiet. After so many turns it has read 16 MB of each
 * socket, which is more than the system keeps for one that is written to as fast as it goes (Linux: tcp_wmem 4 MB,
 * tcp_rmem 6 MB; a Unix socket 0.2 MB).
 */
const TURNS_MAX = 1024;
const QUIET_TURNS = 2;
/** While Redis runs a script that takes long, it answers nothing else. */
const BUSY_MS = 10;
/** A script that never ends, or a container that is paused, holds up its own clients for ever, but not the simulator. */
export const CAUGHT_UP_MS_MAX = 20_000;

export class CaughtUp {
  readonly #socket: Socket;
  readonly #loggedIn: Promise<void>;
  #text = '';
  /** Why nothing can be asked any more. */
  #over: 'ended' | Error | null = null;
  #changed: () => void = () => undefined;

  /** @param msMax how long Redis has for each `whenRead` (real ms). */
  constructor(
    readonly address: BackendAddress,
    private readonly msMax = CAUGHT_UP_MS_MAX,
  ) {
    const { host, port, path } = address;
    this.#socket = connect(path === undefined ? { host, port } : { path });
    this.#socket.setNoDelay(true);
    this.#socket.on('data', (chunk) => {
      this.#text += chunk.toString('latin1');
      this.#changed();
    });
    this.#socket.on('error', () => undefined); // it is followed by the close
    this.#socket.on('close', () => this.#end('ended'));
    this.#socket.write(loginBytes(address));
    this.#loggedIn = this.#login();
  }

  get isOver(): boolean {
    return this.#over !== null;
  }

  /**
   * Resolves when it is so, or when Redis is gone. Throws an Error that says what Redis answers in place of an answer,
   * or that it has not come so far in time.
   */
  async whenRead(): Promise<void> {
    const deadline = setTimeout(() => {
      this.#fail(`it has not answered for ${String(this.msMax / 1000)} s`);
    }, this.msMax);
    try {
      await this.#untilQuiet();
    } finally {
      clearTimeout(deadline);
    }
  }

  async #untilQuiet(): Promise<void> {
    await this.#loggedIn;
    let quiet = 0;
    let before = 0;
    for (let turn = 0; turn < TURNS_MAX && quiet < QUIET_TURNS; turn += 1) {
      const read = await this.#bytesRead();
      if (read === null) return;
      quiet = read - before === QUESTION.length ? quiet + 1 : 0;
      before = read;
    }
  }

  close(): void {
    this.#end('ended');
    this.#socket.destroy();
  }

  async #login(): Promise<void> {
    const line = await this.#line();
    if (line !== null && line !== '+OK') this.#fail(line);
  }

  /** All that Redis has read since it began to count; null: it is gone. */
  async #bytesRead(): Promise<number | null> {
    for (;;) {
      if (this.#over === 'ended') return null;
      if (this.#over) throw this.#over;
      this.#socket.write(QUESTION);
      const line = await this.#line();
      if (line === null) continue;
      if (line.startsWith('-BUSY')) {
        await new Promise((resolve) => setTimeout(resolve, BUSY_MS));
        continue;
      }
      if (!line.startsWith('$')) {
        this.#fail(line);
        continue;
      }
      const text = await this.#take(Number(line.slice(1)) + 2);
      const found = /^total_net_input_bytes:(\d+)/m.exec(text ?? '');
      if (found) return Number(found[1]);
      if (text !== null) this.#fail('INFO without total_net_input_bytes');
    }
  }

  #line(): Promise<string | null> {
    return this.#until(() => {
      const end = this.#text.indexOf('\r\n');
      return end === -1 ? null : this.#cut(end + 2).slice(0, -2);
    });
  }

  #take(length: number): Promise<string | null> {
    return this.#until(() => (this.#text.length < length ? null : this.#cut(length)));
  }

  #cut(length: number): string {
    const text = this.#text.slice(0, length);
    this.#text = this.#text.slice(length);
    return text;
  }

  /** null: Redis is gone. */
  async #until(look: () => string | null): Promise<string | null> {
    for (;;) {
      const found = look();
      if (found !== null) return found;
      if (this.#over !== null) return null;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  #fail(answer: string): void {
    this.#end(new Error(`Redis cannot be asked whether it has read everything: ${answer}`));
    this.#socket.destroy();
  }

  #end(why: 'ended' | Error): void {
    this.#over ??= why;
    this.#changed();
  }
}

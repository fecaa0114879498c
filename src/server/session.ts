/**
 * One client and its connection to Redis.
 *
 *   client ─▶ RequestFramer ─▶ gate ─┬─ pass ──▶ the same bytes ─────▶ Redis
 *                                    └─ refuse ▶ an unknown command ─▶ Redis
 *   client ◀─ the same bytes, our line in place of Redis' complaint ◀── Redis
 *
 * Either side is read only as fast as the other one takes it. Takes streams
 * rather than sockets, so that it can be tested without ports.
 */
import type { Duplex } from 'node:stream';
import type { CommandEntry, CommandTable } from './command-table.js';
import type { Access, BackendAddress } from './endpoint-spec.js';
import { refusalOf } from './gate.js';
import { errorLine, refusalCommand, refusalLine } from './refusals.js';
import { ReplyFramer } from './resp/reply-framer.js';
import { RequestFramer } from './resp/request-framer.js';

/** What the endpoint knows and may change while the session runs. */
export interface Situation {
  readonly access: Access;
  readonly backendRefusal: string;
  readonly commands: CommandTable;
}

/** Documented for a backend that is down (help page "Common errors"). */
export const TEMPORARY_FAILURE = errorLine('ERR redis temporary failure');

const RESET = Buffer.from('*1\r\n$5\r\nRESET\r\n');
const NOTHING = Buffer.alloc(0);

export class Session {
  readonly #framer: RequestFramer<CommandEntry>;
  readonly #replies: ReplyFramer;
  readonly #login: Buffer | null;
  /** Our own AUTH was sent and its answer is still to come; nothing was shown to the client before. */
  #greeting: boolean;
  /** RESETs on their way to Redis: each is followed by an AUTH of ours. */
  #resets = 0;
  #swallowsOk = false;
  #closed = false;

  constructor(
    readonly client: Duplex,
    readonly backend: Duplex,
    credentials: Pick<BackendAddress, 'username' | 'password'>,
    private readonly situation: () => Situation,
    private readonly ended: (session: Session) => void,
  ) {
    this.#login = credentials.password === '' ? null : loginCommand(credentials);
    this.#greeting = this.#login !== null;
    this.#framer = new RequestFramer(() => this.situation().commands, {
      decide: (entry, argumentCount) => this.#decide(entry, argumentCount),
      send: (bytes) => this.#send(this.client, this.backend, bytes),
    });
    this.#replies = new ReplyFramer({
      rewrite: (line) => this.#rewrite(line),
      send: (bytes) => this.#send(this.backend, this.client, bytes),
    });
    this.#replies.simpleStrings = this.#greeting;
    this.#wire();
    if (this.#login) this.backend.write(this.#login);
  }

  /** Ends both sides at once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.client.destroy();
    this.backend.destroy();
    this.ended(this);
  }

  #wire(): void {
    const { client, backend } = this;
    client.on('data', (chunk: Buffer) => {
      // One write to the kernel for all that a chunk brings, also where commands were replaced.
      backend.cork();
      this.#framer.push(chunk);
      backend.uncork();
    });
    backend.on('data', (chunk: Buffer) => {
      client.cork();
      this.#replies.push(chunk);
      client.uncork();
    });
    client.on('drain', () => backend.resume());
    backend.on('drain', () => client.resume());
    // A client that says no more may still want its replies: Redis decides, as without us.
    client.on('end', () => backend.end());
    backend.on('end', () => {
      if (this.#greeting) client.write(TEMPORARY_FAILURE);
      client.end();
    });
    client.on('error', () => this.close());
    client.on('close', () => this.close());
    backend.on('error', () => this.#backendFailed());
    backend.on('close', () => {
      if (!client.writableEnded) this.#backendFailed();
    });
    client.on('finish', () => {
      // Everything was handed over; without a backend there is nothing to wait for.
      if (backend.destroyed || backend.readableEnded) setImmediate(() => this.close());
    });
  }

  /** Redis is gone: what it had said is delivered, then the connection ends. */
  #backendFailed(): void {
    if (this.client.writableEnded || this.#closed) return;
    if (this.#greeting) this.client.write(TEMPORARY_FAILURE);
    this.client.end();
  }

  #send(from: Duplex, to: Duplex, bytes: Buffer): void {
    if (to.destroyed || to.writableEnded) return;
    if (!to.write(bytes)) from.pause();
  }

  #decide(entry: CommandEntry | undefined, argumentCount: number): Buffer | null {
    const { access } = this.situation();
    const line = refusalOf(entry, argumentCount, access);
    if (line !== null) return refusalCommand(line);
    if (this.#login && entry?.row.name === 'reset' && argumentCount === 1) {
      this.#resets += 1;
      this.#replies.simpleStrings = true;
      return Buffer.concat([RESET, this.#login]);
    }
    return null;
  }

  #rewrite(line: Buffer): Buffer | null {
    if (this.#greeting) return this.#greet(line);
    if (this.#resets > 0) {
      const text = line.toString('latin1');
      if (this.#swallowsOk && text === '+OK\r\n') {
        this.#swallowsOk = false;
        this.#resets -= 1;
        this.#replies.simpleStrings = this.#resets > 0;
        return NOTHING;
      }
      // RESET forgets who is logged in: the AUTH behind it is ours, and so is its answer.
      if (text === '+RESET\r\n') this.#swallowsOk = true;
    }
    return refusalLine(line, this.situation().backendRefusal);
  }

  /** The first line that Redis sends answers our AUTH. */
  #greet(line: Buffer): Buffer | null {
    if (line.toString('latin1') === '+OK\r\n') {
      this.#greeting = false;
      this.#replies.simpleStrings = false;
      return NOTHING;
    }
    // Full, loading, or not ours: the client cannot be served by this backend.
    this.client.end(TEMPORARY_FAILURE);
    this.backend.destroy();
    return NOTHING;
  }
}

function loginCommand({
  username,
  password,
}: Pick<BackendAddress, 'username' | 'password'>): Buffer {
  const parts = ['AUTH', username, password].map(
    (part) => `$${String(Buffer.byteLength(part))}\r\n${part}\r\n`,
  );
  return Buffer.from(`*3\r\n${parts.join('')}`);
}

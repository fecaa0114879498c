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
import { errorLine, isMark, MARK_COMMAND, refusalCommand, refusalLine } from './refusals.js';
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
/** What is read from a socket at once (libuv, stream.c, uv__read). */
const READ_BYTES = 64 * 1024;

export class Session {
  readonly #framer: RequestFramer<CommandEntry>;
  readonly #replies: ReplyFramer;
  readonly #login: Buffer;
  /** The next line from Redis answers our own AUTH. */
  #loggingIn = true;
  /** Our first AUTH was answered: from then on it is the client who talks to Redis. */
  #served = false;
  #closed = false;

  constructor(
    readonly client: Duplex,
    readonly backend: Duplex,
    credentials: Pick<BackendAddress, 'username' | 'password'>,
    private readonly situation: () => Situation,
    /** `mistake`: one of our own ended it. */
    private readonly ended: (session: Session, mistake?: string) => void,
  ) {
    // Where Redis takes everybody, it takes any password too (acl.c, ACLCheckUserCredentials).
    this.#login = loginCommand(credentials);
    this.#framer = new RequestFramer(() => this.situation().commands, {
      decide: (entry, argumentCount) => this.#decide(entry, argumentCount),
      send: (bytes) => this.#send(this.client, this.backend, bytes),
    });
    this.#replies = new ReplyFramer({
      rewrite: (line) => this.#rewrite(line),
      send: (bytes) => this.#send(this.backend, this.client, bytes),
    });
    this.#replies.simpleStrings = true;
    this.#wire();
    this.backend.write(this.#login);
  }

  /** Ends both sides at once. */
  close(mistake?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.client.destroy();
    this.backend.destroy();
    this.ended(this, mistake);
  }

  #wire(): void {
    const { client, backend } = this;
    client.on('data', (chunk: Buffer) => this.#relay(this.#framer, chunk, backend));
    backend.on('data', (chunk: Buffer) => this.#relay(this.#replies, chunk, client));
    client.on('drain', () => backend.resume());
    backend.on('drain', () => client.resume());
    // Nothing is read before: Redis may close on what follows (POST, say) without answering the AUTH.
    client.pause();
    // A client that says no more may still want its replies: Redis decides, as without us.
    client.on('end', () => backend.end());
    backend.on('end', () => {
      if (!this.#served) client.write(TEMPORARY_FAILURE);
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

  /** A mistake of ours in the framing of one client's bytes must not end the others. */
  #relay(framer: { push(chunk: Buffer): void }, chunk: Buffer, to: Duplex): void {
    // One write to the kernel for all that a chunk brings, also where commands were replaced.
    to.cork();
    try {
      framer.push(chunk);
    } catch (error) {
      this.close(error instanceof Error ? error.stack : String(error));
    }
    // A read that filled its buffer is followed by another one in the same turn: both go out together.
    if (chunk.length < READ_BYTES) to.uncork();
    else setImmediate(() => to.uncork());
  }

  /** Redis is gone: what it had said is delivered, then the connection ends. */
  #backendFailed(): void {
    if (this.client.writableEnded || this.#closed) return;
    if (!this.#served) this.client.write(TEMPORARY_FAILURE);
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
    if (entry?.row.name === 'reset' && argumentCount === 1) {
      // RESET forgets who is logged in. CLIENT REPLY SKIP may keep its answer back, but not the mark's.
      return Buffer.concat([RESET, MARK_COMMAND, this.#login]);
    }
    return null;
  }

  #rewrite(line: Buffer): Buffer | null {
    if (this.#loggingIn) return this.#loggedIn(line);
    if (isMark(line)) {
      this.#loggingIn = true;
      this.#replies.simpleStrings = true;
      return NOTHING;
    }
    return refusalLine(line, this.situation().backendRefusal);
  }

  #loggedIn(answer: Buffer): Buffer | null {
    if (answer.toString('latin1') === '+OK\r\n') {
      this.#loggingIn = false;
      this.#replies.simpleStrings = false;
      if (!this.#served) this.client.resume();
      this.#served = true;
      return NOTHING;
    }
    // Full, or not ours: the client cannot be served by this backend.
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

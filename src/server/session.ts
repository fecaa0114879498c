/**
 * One client and its connection to Redis.
 *
 *   client ─▶ RequestFramer ─▶ gate ─┬─ pass ──▶ the same bytes ─────▶ Redis
 *                                    ├─ AUTH ──▶ with Redis' password ▶ Redis
 *                                    └─ refuse ▶ an unknown command ─▶ Redis
 *   client ◀─ the same bytes, our line in place of Redis' complaint ◀── Redis
 *
 * Either side is read only as fast as the other one takes it. Takes streams
 * rather than sockets, so that it can be tested without ports.
 */
import type { Duplex } from 'node:stream';
import { CommandJudge } from './command-judge.js';
import type { CommandEntry } from './command-table.js';
import { Flow, HOLD } from './flow.js';
import { late } from './latency.js';
import { loginBytes, LoginDesk } from './login-desk.js';
import type { Sender } from './outbox.js';
import { Outgoing } from './outgoing.js';
import { READ_BYTES } from './read-buffer.js';
import { isMark, MARK_COMMAND, refusalLine, TEMPORARY_FAILURE } from './refusals.js';
import { ReplyFramer } from './resp/reply-framer.js';
import { RequestFramer } from './resp/request-framer.js';
import type { Reader } from './settle.js';
import type { Shifted } from './shift.js';
import type { Situation } from './situation.js';
import { COUNT, Stopwatch } from './traffic.js';

const NOTHING = Buffer.alloc(0);

export class Session implements Sender, Shifted, Reader {
  isBehind = false;
  readonly #framer: RequestFramer<CommandEntry>;
  readonly #replies: ReplyFramer;
  readonly #fromClient: Flow;
  readonly #fromBackend: Flow;
  /** The next line from Redis answers our own AUTH, or our question whether it is there. */
  #loggingIn = true;
  /** It was answered: from then on it is the client who talks to Redis. */
  #served = false;
  readonly #desk: LoginDesk;
  /** A try to log in has not waited long enough yet. */
  #loginWaits = false;
  readonly #judge: CommandJudge;
  #closed = false;
  /** The client says no more; what it said last may still wait in the outbox. */
  #clientEnded = false;
  /** Redis is gone; what it said last may still be on a slow way. */
  #backendEnded = false;
  /** It came late, when time had begun to move. No more than one: its client is not read meanwhile. */
  #heldBack: Buffer | null = null;
  readonly #stopwatch: Stopwatch;
  readonly #forBackend: Outgoing;
  readonly #forClient: Outgoing;

  constructor(
    readonly client: Duplex,
    readonly backend: Duplex,
    /** Where the client comes from. */
    address: string,
    private readonly situation: () => Situation,
    /** `mistake`: one of our own ended it. */
    private readonly ended: (session: Session, mistake?: string) => void,
  ) {
    this.#fromClient = new Flow(client);
    this.#fromBackend = new Flow(backend);
    this.#forBackend = new Outgoing(backend, this.#fromClient);
    this.#forClient = new Outgoing(client, this.#fromBackend);
    this.#stopwatch = new Stopwatch(situation().traffic);
    this.#framer = new RequestFramer(() => this.situation().commands, {
      decide: (entry, argumentCount) => this.#judge.decide(entry, argumentCount),
      inspect: (_, args) => {
        const { guard, logins } = this.situation();
        return this.#desk.inspect(args, guard, logins);
      },
      send: (bytes) => this.#sendToBackend(bytes),
    });
    this.#replies = new ReplyFramer({
      rewrite: (line) => this.#rewrite(line),
      send: (bytes) => {
        this.situation().traffic.add(COUNT.bytesOut, bytes.length);
        this.#forClient.add(bytes);
      },
    });
    this.#replies.simpleStrings = true;
    const { unasked } = situation();
    this.#desk = new LoginDesk(address, unasked !== null, (ms) => this.#askAgainAfter(ms));
    this.#judge = new CommandJudge(situation, this.#desk, {
      hasToWait: () => this.#fromClient.hold(HOLD.command),
      mayBlock: () => this.#stopwatch.ignoreNext(),
    });
    this.#wire();
    situation().shift.joined(this);
    this.backend.write(unasked ? loginBytes(unasked) : MARK_COMMAND);
  }

  /** Ends both sides at once. */
  close(mistake?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.client.destroy();
    this.backend.destroy();
    this.#desk.leave(this.situation().guard);
    this.ended(this, mistake);
  }

  #wire(): void {
    const { client, backend } = this;
    client.on('data', (chunk: Buffer) => this.#takeFromClient(chunk));
    backend.on('data', (chunk: Buffer) => this.takeFromBackend(chunk));
    client.on('drain', () => this.#fromBackend.release(HOLD.backpressure));
    backend.on('drain', () => this.#fromClient.release(HOLD.backpressure));
    // Nothing is read before: Redis may close on what follows (POST, say) without answering the AUTH.
    this.#fromClient.hold(HOLD.untilServed);
    // A client that says no more may still want its replies: Redis decides, as without us.
    client.on('end', () => {
      this.#clientEnded = true;
      this.#endBackendWhenDone();
    });
    backend.on('end', () => this.#endClient());
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

  /** What the client sent: good only during the call. */
  #takeFromClient(chunk: Buffer): void {
    const { latencyMs } = this.situation();
    if (latencyMs === 0) {
      this.#arrivedFromClient(chunk);
      return;
    }
    const kept = Buffer.from(chunk);
    late(latencyMs, this.#fromClient, () => {
      if (this.#fromClient.isHeldBy(HOLD.shift)) this.#heldBack = kept;
      else this.#arrivedFromClient(kept);
    });
  }

  #arrivedFromClient(chunk: Buffer): void {
    if (this.#closed) return;
    const { traffic, throttles } = this.situation();
    traffic.add(COUNT.bytesIn, chunk.length);
    this.#push(() => this.#framer.push(chunk));
    this.#fromClient.holdForBandwidth(throttles.toBackend.take(chunk.length));
    this.#endBackendWhenDone();
  }

  /** What Redis sent, likewise. Called from outside where the socket is read into a buffer for all. */
  takeFromBackend(chunk: Buffer): void {
    this.isBehind = chunk.length === READ_BYTES;
    const { latencyMs } = this.situation();
    if (latencyMs === 0) {
      this.#arrivedFromBackend(chunk);
      return;
    }
    const kept = Buffer.from(chunk);
    late(latencyMs, this.#fromBackend, () => this.#arrivedFromBackend(kept));
  }

  #arrivedFromBackend(chunk: Buffer): void {
    if (this.#closed) return;
    this.#stopwatch.came();
    this.#push(() => this.#replies.push(chunk));
    this.#forClient.flush();
    this.#fromBackend.holdForBandwidth(this.situation().throttles.toClient.take(chunk.length));
    if (this.#backendEnded) this.#endClient();
  }

  /** A mistake of ours in the framing of one client's bytes must not end the others. */
  #push(push: () => void): void {
    try {
      push();
    } catch (error) {
      this.close(error instanceof Error ? error.stack : String(error));
    }
  }

  #sendToBackend(bytes: Buffer): void {
    if (this.#forBackend.add(bytes)) this.situation().outbox.add(this);
    else if (this.#forBackend.isEmpty) this.#stopwatch.sent(); // it was long, and is on its way
  }

  /** For the outbox. */
  flush(): void {
    this.#stopwatch.sent();
    this.#push(() => this.#forBackend.flush());
    this.#endBackendWhenDone();
  }

  /** The client says no more, and all that it said was passed on. */
  #endBackendWhenDone(): void {
    if (!this.#clientEnded || this.#heldBack || this.#fromClient.isHeldBy(HOLD.latency)) return;
    if (this.#forBackend.isEmpty && !this.#framer.isWaiting) this.#forBackend.end();
  }

  #backendFailed(): void {
    if (!this.client.writableEnded && !this.#closed) this.#endClient();
  }

  /** Redis is gone: what it had said is delivered, then the connection ends. */
  #endClient(): void {
    this.#backendEnded = true;
    if (this.#fromBackend.isHeldBy(HOLD.latency)) return;
    this.#push(() => this.#replies.end());
    this.#forClient.flushAll();
    if (!this.#served) this.client.write(TEMPORARY_FAILURE);
    this.client.end();
  }

  #askAgainAfter(waitMs: number): void {
    this.#fromClient.hold(HOLD.command);
    this.#loginWaits = true;
    setTimeout(() => {
      this.#loginWaits = false;
      this.#askAgain();
    }, waitMs).unref();
  }

  /** Decides what waited for something, if that is over. */
  #askAgain(): void {
    if (this.#closed || this.#loginWaits || this.situation().shift.waiting === 'all') return;
    this.#push(() => this.#framer.again());
    if (this.#framer.isWaiting) return; // one behind it has to wait as well
    this.#fromClient.release(HOLD.command);
    this.#endBackendWhenDone();
  }

  /** Where there is more of it, what waits goes on, and is delayed by the new ceiling from then on. */
  bandwidthChanged(before: Situation['throttles']): void {
    const { toBackend, toClient } = this.situation().throttles;
    if (before.toBackend.isNarrowerThan(toBackend.perSecond)) this.#fromClient.releaseBandwidth();
    if (before.toClient.isNarrowerThan(toClient.perSecond)) this.#fromBackend.releaseBandwidth();
  }

  hold(): void {
    this.#fromClient.hold(HOLD.shift);
  }

  goOn(): void {
    this.#askAgain();
    this.#fromClient.release(HOLD.shift);
    const chunk = this.#heldBack;
    this.#heldBack = null;
    if (chunk) this.#arrivedFromClient(chunk); // what is read next comes in a later turn
  }

  written(): Promise<void> {
    this.flush();
    return this.#forBackend.written();
  }

  owes(what: 'expiry' | 'write'): boolean {
    return this.#judge.owes[what] || this.#framer.isInside;
  }

  #rewrite(line: Buffer): Buffer | null {
    if (this.#loggingIn) return this.#answered(line);
    if (isMark(line)) {
      this.#loggingIn = true;
      this.#replies.simpleStrings = true;
      return NOTHING;
    }
    const { words, backendRefusal } = this.situation();
    return refusalLine(line, words, backendRefusal) ?? this.#judge.words.of(line);
  }

  /** To our AUTH; or, where nobody is logged in, to our mark: Redis is there. */
  #answered(answer: Buffer): Buffer {
    if (answer.toString('latin1') === '+OK\r\n' || isMark(answer)) {
      this.#loggingIn = false;
      this.#replies.simpleStrings = false;
      this.#served = true;
      this.#fromClient.release(HOLD.untilServed);
      return NOTHING;
    }
    // Full, or not ours: the client cannot be served by this backend.
    this.#served = true; // as well as ever
    process.nextTick(() => {
      this.#endClient();
      this.backend.destroy();
    });
    return TEMPORARY_FAILURE;
  }
}

/**
 * A small application that counts visits: every other command writes, every other one reads. It is a client like any
 * other, and knows nothing of the simulator; what becomes of its commands is what people look at.
 */
import { Redis } from 'ioredis';
import type { ApplicationSample, ApplicationSpec } from '../control-plane/applications.js';

/** What it counts in, and the only key it touches. */
export const VISITS = 'demo:visits';
/** Commands are sent in small portions (real ms). */
const TICK_MS = 20;
/** Many commands without an answer are one silence: no more are sent until some are answered. */
const UNANSWERED_MAX = 500;
const RECONNECT_MS = 250;

interface Tally {
  written: number;
  read: number;
  refused: number;
  lost: number;
  latencySumMs: number;
  latencyMaxMs: number;
}

const nothing = (): Tally => ({
  ...{ written: 0, read: 0, refused: 0, lost: 0, latencySumMs: 0, latencyMaxMs: 0 },
});

export class Application {
  readonly #redis: Redis;
  readonly #timer: NodeJS.Timeout;
  #tally = nothing();
  #tallySince = performance.now();
  #lastTick = performance.now();
  #due = 0;
  #hasBegun = false;
  /** As its commands find it: ioredis calls a connection ready that has ended, until it is closed, or where it ended in its beginnings. */
  #isConnected = false;
  #isWritesTurn = true;
  #unanswered = 0;
  #visits: number | null = null;
  #refusal: string | null = null;

  constructor(private readonly spec: ApplicationSpec) {
    const { host, port, password } = spec;
    this.#redis = new Redis({
      ...{ host, port },
      ...(password === null ? {} : { password }),
      // What cannot be sent now is lost, as it is for a visitor; nothing is sent twice.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      enableReadyCheck: false,
      retryStrategy: () => RECONNECT_MS,
    });
    // A login that is refused is told here; where nothing answers, no earlier refusal counts.
    this.#redis.on('error', (error) => {
      this.#refusal = isReply(error) ? error.message : null;
    });
    this.#redis.on('close', () => (this.#isConnected = false));
    // It begins when it knows whether it can connect.
    for (const known of ['ready', 'close']) {
      this.#redis.once(known, () => {
        this.#hasBegun = true;
        this.#lastTick = performance.now();
      });
    }
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  /** What happened since the last time this was asked, per second of real time. */
  sample(): ApplicationSample {
    const now = performance.now();
    const seconds = Math.max(now - this.#tallySince, 1) / 1000;
    const { written, read, refused, lost, latencySumMs, latencyMaxMs } = this.#tally;
    const answered = written + read + refused;
    this.#tally = nothing();
    this.#tallySince = now;
    return {
      writesPerSecond: written / seconds,
      readsPerSecond: read / seconds,
      refusedPerSecond: refused / seconds,
      lostPerSecond: lost / seconds,
      latencyMs: answered === 0 ? null : latencySumMs / answered,
      latencyMaxMs: answered === 0 ? null : latencyMaxMs,
      connected: this.#isConnected,
      visits: this.#visits,
      refusal: this.#refusal,
    };
  }

  close(): void {
    clearInterval(this.#timer);
    this.#redis.disconnect();
  }

  #tick(): void {
    if (!this.#hasBegun) return;
    const now = performance.now();
    // After a pause of this machine, what was missed is not made up for.
    const passedMs = Math.min(now - this.#lastTick, 1_000);
    this.#lastTick = now;
    this.#due += (passedMs / 1000) * this.spec.commandsPerSecond;
    for (; this.#due >= 1; this.#due -= 1) {
      if (this.#unanswered < UNANSWERED_MAX) void this.#visit();
    }
  }

  async #visit(): Promise<void> {
    const isWrite = this.#isWritesTurn;
    this.#isWritesTurn = !isWrite;
    this.#unanswered += 1;
    const sentAt = performance.now();
    try {
      const value = await (isWrite ? this.#redis.incr(VISITS) : this.#redis.get(VISITS));
      this.#visits = value === null ? null : Number(value);
      if (isWrite) {
        this.#tally.written += 1;
        this.#refusal = null;
      } else this.#tally.read += 1;
      this.#measured(sentAt);
    } catch (error) {
      if (!isReply(error)) {
        this.#tally.lost += 1;
        this.#isConnected = false;
        return;
      }
      this.#tally.refused += 1;
      this.#refusal = error.message;
      this.#measured(sentAt);
    } finally {
      this.#unanswered -= 1;
    }
  }

  /** It was answered. */
  #measured(sentAt: number): void {
    this.#isConnected = true;
    const latencyMs = performance.now() - sentAt;
    this.#tally.latencySumMs += latencyMs;
    this.#tally.latencyMaxMs = Math.max(this.#tally.latencyMaxMs, latencyMs);
  }
}

/** An error line of Redis or of the service; anything else is the connection. */
function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

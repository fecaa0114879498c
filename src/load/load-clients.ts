/**
 * Clients that do as much as they are told: bytes each way, small commands, idle connections, scripts that burn
 * processor time, data that takes memory. They know nothing of the simulator, and what they wrote goes when they do.
 */
import { Redis } from 'ioredis';
import type { LoadFigures, LoadSpec } from '../control-plane/load-port.js';

/** All keys that are written begin so. */
const PREFIX = 'frostgate:load:';
const CHUNK = Buffer.alloc(32 * 1024, 'x');
/** Commands are sent in small portions (real ms). */
const TICK_MS = 10;
/** So many commands of a kind are on their way at most: whoever gets no answer sends no more. Of long values, a megabyte. */
const UNANSWERED_MAX = { small: 256, long: 32 };
/** A script takes about so long (ms): others are served in between. */
const BURN_MS = 10;
const BURN = 'local x = 0 for i = 1, tonumber(ARGV[1]) do x = x + i end return x';
/** Connections that are opened at once. */
const CONNECTING_MAX = 100;
const CLEAR_AT_ONCE = 500;
/** Data is written over one connection, so many values at a time. */
const FILLING_MAX = 32;
/** It begins to be measured after this at the latest, whatever is not there yet; what does not end in order by then is cut off (real ms). */
const WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;

export class LoadClients {
  readonly #begun = performance.now();
  readonly #connections: Redis[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  #isOver = false;
  #commands = 0;
  #refused = 0;
  #lost = 0;
  #refusal: string | null = null;
  #chunks = 0;
  #unanswered = 0;
  /** What has to be done before it goes on as it is. */
  readonly #beginnings: Promise<void>[] = [];

  constructor(private readonly spec: LoadSpec) {
    const { bytesPerSecond, commandsPerSecond, connections, cpuPercent, memoryBytes } = spec;
    // A direction that is held up by its ceiling does not hold up the other one.
    if (bytesPerSecond > 0) {
      const chunks = bytesPerSecond / CHUNK.length;
      this.#pace(chunks, 'long', (redis) => redis.set(`${PREFIX}chunk`, CHUNK));
      this.#pace(chunks, 'long', (redis) => redis.getBuffer(`${PREFIX}chunk`));
    }
    if (commandsPerSecond > 0) {
      this.#pace(commandsPerSecond / 2, 'small', (redis) => redis.set(`${PREFIX}small`, 'x'));
      this.#pace(commandsPerSecond / 2, 'small', (redis) => redis.get(`${PREFIX}small`));
    }
    if (cpuPercent > 0) void this.#burn(cpuPercent / 100);
    if (memoryBytes > 0) this.#beginnings.push(this.#fill(memoryBytes));
    if (connections > 0) this.#beginnings.push(this.#idle(connections));
  }

  /** Resolves when all of it is going on, or when that is given up. */
  async begun(): Promise<void> {
    const areThere = this.#connections.map((redis) => ready(redis));
    await Promise.race([Promise.all([...areThere, ...this.#beginnings]), pause(WITHIN_MS)]);
  }

  async end(): Promise<LoadFigures> {
    this.#isOver = true;
    for (const timer of this.#timers) clearInterval(timer);
    const seconds = (performance.now() - this.#begun) / 1000;
    // What is on its way is carried out first: nothing is written behind what takes it away.
    const giveUpAt = performance.now() + WITHIN_MS;
    while (this.#unanswered > 0 && performance.now() < giveUpAt) await pause(LOOK_EVERY_MS);
    const [commands, refused, lost] = [this.#commands, this.#refused, this.#lost];
    await Promise.race([this.#clear(), pause(WITHIN_MS)]);
    for (const redis of this.#connections) redis.disconnect();
    return { seconds, commands, refused, lost, refusal: this.#refusal };
  }

  /** So many a second, over a connection of its own. */
  #pace(
    perSecond: number,
    kind: keyof typeof UNANSWERED_MAX,
    send: (redis: Redis) => Promise<unknown>,
  ): void {
    const redis = this.#connect();
    let due = 0;
    let unanswered = 0;
    let last = performance.now();
    const tick = (): void => {
      const now = performance.now();
      // What was missed in a pause of this machine is not made up for.
      due += (Math.min(now - last, 100) / 1000) * perSecond;
      last = now;
      for (; due >= 1; due -= 1) {
        if (unanswered >= UNANSWERED_MAX[kind] || redis.status !== 'ready') continue;
        unanswered += 1;
        void this.#counted(send(redis)).finally(() => (unanswered -= 1));
      }
    };
    this.#timers.push(setInterval(tick, TICK_MS));
  }

  /** Works for that share of the time. */
  async #burn(share: number): Promise<void> {
    const redis = this.#connect();
    let rounds = 10_000;
    while (!this.#isOver) {
      const begun = performance.now();
      const isDone = await this.#counted(redis.eval(BURN, 0, rounds));
      const tookMs = performance.now() - begun;
      if (isDone) rounds = Math.ceil(Math.min(rounds * 2, (rounds * BURN_MS) / tookMs) || 1);
      await pause(isDone ? tookMs * (1 / share - 1) : TICK_MS);
    }
  }

  /** Until there is so much, or Redis takes no more. */
  async #fill(bytes: number): Promise<void> {
    const redis = this.#connect();
    const count = Math.ceil(bytes / CHUNK.length);
    const write = async (): Promise<void> => {
      while (!this.#isOver && this.#chunks < count) {
        const key = `${PREFIX}data:${String(this.#chunks)}`;
        this.#chunks += 1;
        if (!(await this.#counted(redis.set(key, CHUNK)))) return;
      }
    };
    await Promise.all(Array.from({ length: FILLING_MAX }, write));
  }

  async #idle(count: number): Promise<void> {
    for (let made = 0; made < count && !this.#isOver; made += CONNECTING_MAX) {
      const some = Array.from({ length: Math.min(CONNECTING_MAX, count - made) }, () => {
        return this.#counted(this.#connect().ping());
      });
      await Promise.all(some);
    }
  }

  /** Resolves with whether it was done. */
  async #counted(answer: Promise<unknown>): Promise<boolean> {
    this.#commands += 1;
    this.#unanswered += 1;
    try {
      await answer;
      return true;
    } catch (error) {
      const isReply = error instanceof Error && error.name === 'ReplyError';
      if (isReply) this.#refused += 1;
      else this.#lost += 1;
      this.#refusal = error instanceof Error ? error.message : String(error);
      return false;
    } finally {
      this.#unanswered -= 1;
    }
  }

  #connect(): Redis {
    const { host, port, username, password } = this.spec;
    const redis = new Redis({
      ...{ host, port },
      ...(username === null ? {} : { username }),
      ...(password === null ? {} : { password }),
      // What cannot be sent is lost; nothing is sent twice.
      ...{ autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0, enableReadyCheck: false },
      retryStrategy: () => 250,
    });
    redis.on('error', (error) => {
      this.#refusal = error.message;
    });
    this.#connections.push(redis);
    return redis;
  }

  /** What cannot be taken away, as where writes are refused, stays. */
  async #clear(): Promise<void> {
    const redis = this.#connect();
    const keys = [
      'chunk',
      'small',
      ...Array.from({ length: this.#chunks }, (_, i) => `data:${String(i)}`),
    ];
    try {
      for (let at = 0; at < keys.length; at += CLEAR_AT_ONCE) {
        await redis.del(keys.slice(at, at + CLEAR_AT_ONCE).map((key) => `${PREFIX}${key}`));
      }
    } catch (error) {
      this.#refusal ??= error instanceof Error ? error.message : String(error);
    }
    redis.disconnect();
  }
}

/** Or it is known that it is not. */
function ready(redis: Redis): Promise<void> {
  if (redis.status === 'ready') return Promise.resolve();
  return new Promise((resolve) => {
    for (const known of ['ready', 'close', 'error']) redis.once(known, () => resolve());
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Moves the expiries of one Redis' data, whole or not at all, and so that its clients notice nothing but the time.
 * A connection of its own: what is under way when it ends is not sent again by the next one, as ioredis would, and a
 * script over many keys may take longer than other commands.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import { problemOf } from '../core/errors.js';
import type { Aged, Witness } from '../ports.js';
import { AGE, EXPIRY_OF, WITNESS } from './key-ageing-scripts.js';

/**
 * What is over by an ageing ends so much later (ms), so that Redis is not told of an expiry in the past. Redis 7.0
 * looks at the clock for each command: a script that is held up for longer than this lets keys go without `expired`.
 */
const GRACE_MS = 20;
/** Of so many keys the longest-lived is the witness. */
const WITNESS_OF = 1000;
const ANSWER_WITHIN_MS = 10_000;
/** On top of that, for each key that a script may have to look at. */
const ANSWER_WITHIN_MS_PER_KEY = 0.1;

/**
 * What Redis is set to while it ages its data. `notify`: `expire` and `hexpire` are not news to anybody (`expired` is).
 * Refused writes: a frozen instance ages too. Nor is anybody told BUSY, or is it in the lists of what was slow.
 */
const WHILE_AGEING = {
  'min-replicas-to-write': '0',
  'busy-reply-threshold': '0',
  'slowlog-log-slower-than': '-1',
  'latency-monitor-threshold': '0',
} as const;
const EVENTS = 'notify-keyspace-events';
const CEILING = 'maxmemory';

export class KeyAgeing {
  #redis: Redis | undefined;

  constructor(private readonly options: RedisOptions) {}

  /** Moves every expiry earlier by `ms`. What throws may have been done or not: ask a witness. */
  async age(ms: number): Promise<Aged> {
    const [keyspace, settings] = await Promise.all([this.#keyspace(), this.#settings()]);
    if (!keyspace.isVolatile) return { keys: 0, fields: 0 };
    const [keys, fields, ended] = await this.#inOneStep(ms, settings, keyspace.keys);
    // What is over has to be over for everybody when this resolves.
    if (ended > 0) await delay(GRACE_MS + 2);
    return { keys, fields };
  }

  async witness(): Promise<Witness | null> {
    const { keys, isVolatile } = await this.#keyspace();
    if (!isVolatile) return null;
    const found = await this.#within(keys, (redis) =>
      redis.callBuffer('EVAL', WITNESS, 0, WITNESS_OF),
    );
    if (!Array.isArray(found)) return null;
    const [database, key, expiresAt, field] = found as Buffer[];
    return {
      database: Number(database),
      key: key?.toString('base64') ?? '',
      field: field?.toString('base64') ?? null,
      expiresAt: Number(expiresAt),
    };
  }

  async expiryOf({ database, key, field }: Witness): Promise<number | null> {
    const bytes = (text: string) => Buffer.from(text, 'base64');
    const args = [bytes(key), database, ...(field === null ? [] : [bytes(field)])];
    const expiry = await this.#within(0, (redis) => redis.call('EVAL', EXPIRY_OF, 1, ...args));
    return Number(expiry) < 0 ? null : Number(expiry);
  }

  close(): void {
    this.#redis?.disconnect();
    this.#redis = undefined;
  }

  /** MULTI, so that no client runs between the settings and the script; one that died within it has done nothing. */
  async #inOneStep(ms: number, before: Settings, keys: number): Promise<[number, number, number]> {
    const during = { [EVENTS]: withoutExpire(before[EVENTS] ?? ''), ...WHILE_AGEING };
    const after = Object.fromEntries(Object.keys(during).map((name) => [name, before[name] ?? '']));
    const replies = await this.#within(keys, async (redis) => {
      const step = (ceiling: Settings) =>
        redis
          .multi()
          .call('CONFIG', 'SET', ...Object.entries(during).flat())
          .eval(AGE, 0, ms, GRACE_MS)
          .call('CONFIG', 'SET', ...Object.entries({ ...after, ...ceiling }).flat())
          .exec();
      try {
        return await step({});
      } catch (error) {
        if (!wasRefusedFor(error, 'OOM')) throw error;
        // Over its ceiling, Redis queues nothing (server.c, processCommand). Both go out together.
        const lifted = redis.call('CONFIG', 'SET', CEILING, '0');
        const put = { [CEILING]: before[CEILING] ?? '0' };
        const [, done] = await Promise.all([lifted, step(put)]).catch(async (problem: unknown) => {
          await redis.call('CONFIG', 'SET', ...Object.entries(put).flat());
          throw problem;
        });
        return done;
      }
    });
    for (const [error] of replies ?? []) if (error) throw error;
    const [keysMoved = 0, fieldsMoved = 0, ended = 0] = replies?.[1]?.[1] as number[];
    return [keysMoved, fieldsMoved, ended];
  }

  async #keyspace(): Promise<{ keys: number; isVolatile: boolean }> {
    const info = await this.#within(0, (redis) => redis.info('keyspace'));
    const sum = (field: RegExp) =>
      [...info.matchAll(field)].reduce((total, [, count]) => total + Number(count), 0);
    return {
      keys: sum(/:keys=(\d+)/g),
      isVolatile: sum(/,(?:expires|subexpiry|keys_with_volatile_items)=(\d+)/g) > 0,
    };
  }

  async #settings(): Promise<Settings> {
    const names = [EVENTS, CEILING, ...Object.keys(WHILE_AGEING)];
    const reply = (await this.#within(0, (redis) => redis.config('GET', ...names))) as string[];
    const values = reply.flatMap((name, at) => (at % 2 === 0 ? [[name, reply[at + 1]]] : []));
    return Object.fromEntries(values) as Settings;
  }

  /** Rejects when Redis takes too long for so many keys; what it was asked is then not waited for any more. */
  async #within<T>(keys: number, ask: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = await this.#connected();
    const withinMs = ANSWER_WITHIN_MS + keys * ANSWER_WITHIN_MS_PER_KEY;
    let late: NodeJS.Timeout | undefined;
    const tooLate = new Promise<never>((_, reject) => {
      late = setTimeout(() => {
        redis.disconnect();
        reject(new Error(`no answer within ${String(Math.round(withinMs / 1000))} s`));
      }, withinMs);
    });
    try {
      return await Promise.race([ask(redis), tooLate]);
    } finally {
      clearTimeout(late);
    }
  }

  async #connected(): Promise<Redis> {
    if (this.#redis && this.#redis.status !== 'end') return this.#redis;
    const redis = new Redis({
      ...this.options,
      lazyConnect: true,
      retryStrategy: () => null,
      connectTimeout: ANSWER_WITHIN_MS,
    });
    redis.on('error', () => undefined); // whoever waits for an answer is told
    this.#redis = redis;
    // From 7.2 on Redis can be asked not to take an ageing for a use of the keys.
    redis.call('CLIENT', 'NO-TOUCH', 'ON').catch(() => undefined);
    return Promise.resolve(redis);
  }
}

type Settings = Readonly<Record<string, string>>;

/** What is told, but for generic events and those of hashes, to which `expire` and `hexpire` belong (notify.c). */
function withoutExpire(events: string): string {
  return events.replace('A', '$lszxetd').replace(/[gh]/g, '');
}

/** ioredis tells why a transaction was refused in the errors of its commands. */
export function wasRefusedFor(error: unknown, word: string): boolean {
  const previous =
    error instanceof Error && 'previousErrors' in error && Array.isArray(error.previousErrors)
      ? (error.previousErrors as unknown[])
      : [];
  return [error, ...previous].some((one) => problemOf(one).startsWith(word));
}

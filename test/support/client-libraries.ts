/** Client libraries behind one interface, each doing things in its own way. */
import { Redis } from 'ioredis';
import { createClient, RESP_TYPES, WatchError } from 'redis';
import type { BackendAddress } from '../../src/server/index.js';

export type Command = readonly (string | Buffer)[];
export type Address = Pick<BackendAddress, 'port'> & Partial<BackendAddress>;
export type Subscription = 'by name' | 'by pattern' | 'sharded';

export interface Client {
  call(...command: Command): Promise<unknown>;
  /** The value's bytes. */
  bytes(key: string): Promise<Buffer | null>;
  /** Errors stand among the answers. */
  pipeline(commands: readonly Command[]): Promise<unknown[]>;
  /** null where what was watched has changed. */
  transaction(commands: readonly Command[]): Promise<unknown>;
  keys(pattern: string): Promise<string[]>;
  /** On a connection of its own. */
  subscribe(how: Subscription, name: string, heard: (message: string) => void): Promise<void>;
  close(): void;
}

const problemOf = (error: unknown) => `-${error instanceof Error ? error.message : String(error)}`;

/** It speaks RESP2 only. */
export async function ioredis({ port, username, password }: Address): Promise<Client> {
  const login = password === undefined ? {} : { username: username ?? 'default', password };
  const redis = new Redis({ port, ...login, lazyConnect: true });
  const subscriber = redis.duplicate();
  for (const one of [redis, subscriber]) one.on('error', () => undefined);
  await redis.connect();
  const lists = (commands: readonly Command[]) => commands.map((command) => ['call', ...command]);
  return {
    call: (name, ...args) => redis.call(String(name), ...args),
    bytes: (key) => redis.getBuffer(key),
    pipeline: async (commands) => {
      const answers = (await redis.pipeline(lists(commands)).exec()) ?? [];
      return answers.map(([error, answer]) => (error ? problemOf(error) : answer));
    },
    transaction: (commands) => redis.multi(lists(commands)).exec(),
    keys: async (pattern) => {
      const found: string[] = [];
      for await (const some of redis.scanStream({ match: pattern }) as AsyncIterable<string[]>) {
        found.push(...some);
      }
      return found;
    },
    subscribe: async (how, name, heard) => {
      if (how === 'by pattern') {
        await subscriber.psubscribe(name);
        subscriber.on('pmessage', (_, __, message: string) => heard(message));
      } else {
        await (how === 'sharded' ? subscriber.ssubscribe(name) : subscriber.subscribe(name));
        const event = how === 'sharded' ? 'smessage' : 'message';
        subscriber.on(event, (_, message: string) => heard(message));
      }
    },
    close: () => {
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}

export async function nodeRedis(
  RESP: 2 | 3,
  { port, username, password }: Address,
): Promise<Client> {
  const login = password === undefined ? {} : { username: username ?? 'default', password };
  const redis = createClient({ RESP, socket: { host: '127.0.0.1', port }, ...login });
  const subscriber = redis.duplicate();
  for (const one of [redis, subscriber]) one.on('error', () => undefined);
  await redis.connect();
  await subscriber.connect();
  return {
    call: (...command) => redis.sendCommand(command),
    bytes: (key) => redis.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get(key),
    // What is sent in one turn of the event loop goes out together.
    pipeline: (commands) =>
      Promise.all(commands.map((command) => redis.sendCommand(command).catch(problemOf))),
    transaction: (commands) => {
      const multi = redis.multi();
      for (const command of commands) multi.addCommand([...command]);
      return multi.exec().catch((error: unknown) => {
        if (error instanceof WatchError) return null;
        throw error;
      });
    },
    keys: async (pattern) => {
      const found: string[] = [];
      for await (const some of redis.scanIterator({ MATCH: pattern })) found.push(...some);
      return found;
    },
    subscribe: async (how, name, heard) => {
      const verbs = { 'by name': 'subscribe', 'by pattern': 'pSubscribe', sharded: 'sSubscribe' };
      const verb = verbs[how] as 'subscribe' | 'pSubscribe' | 'sSubscribe';
      await subscriber[verb](name, (message) => heard(message));
    },
    close: () => {
      redis.destroy();
      subscriber.destroy();
    },
  };
}

/** Several clients of one Redis, step by step: what each of them sees, directly and through the proxy. */
import { expect } from 'vitest';
import type { RawClient } from '../support/raw-client.js';
import { command, nextMarker, until } from '../support/raw-client.js';
import type { ProxiedRedis } from '../support/proxied-redis.js';
import { ReplyCutter } from '../support/reply-cutter.js';
import { byteByByte } from '../support/splits.js';

/** Who says which commands, each in a string; `{id:b}` is the number of b's connection. */
export type Step = readonly [who: string, does: 'says' | 'waits' | 'leaves', ...commands: string[]];

/** Says it and takes the answers. */
export const says = (who: string, ...commands: string[]): Step => [who, 'says', ...commands];
/** Says it, and Redis makes the client wait. */
export const waits = (who: string, ...commands: string[]): Step => [who, 'waits', ...commands];
/** Ends its connection, and Redis has noticed. */
export const leaves = (who: string): Step => [who, 'leaves'];

interface Way {
  readonly name: string;
  readonly hello: string | null;
  readonly encode: (line: string) => Buffer;
}

const asArray = (line: string) => command(...line.split(' '));
export const WAYS: readonly Way[] = [
  { name: 'RESP2', hello: null, encode: asArray },
  { name: 'RESP3', hello: 'HELLO 3', encode: asArray },
  { name: 'inline', hello: null, encode: (line) => Buffer.from(`${line}\r\n`) },
];

/**
 * Whole, then cut in two at every place, then byte by byte: in each run all that
 * clients say is cut there, and all that Redis says.
 */
export async function expectSameScene(
  proxied: ProxiedRedis,
  steps: readonly Step[],
  way: Way,
): Promise<string> {
  const { redis } = proxied;
  const expected = await play(
    proxied,
    () => proxied.connectDirectly(),
    steps,
    way,
    (b) => [b],
  );
  await using cutter = await ReplyCutter.start(redis.address.port);
  const backend = { ...redis.address, port: cutter.port, commands: redis.commands };
  await proxied.apply({ backend });
  const longest = Math.max(...steps.map(([, , ...lines]) => bytesOf(lines, way).length));
  for (let place = 0; place <= longest; place += 1) {
    const cut = (bytes: Buffer) =>
      place === longest ? byteByByte(bytes) : [bytes.subarray(0, place), bytes.subarray(place)];
    cutter.cut = cut;
    const seen = await play(proxied, () => proxied.connect(), steps, way, cut);
    if (seen !== expected) {
      expect(`cut at ${String(place)}:\n${seen}`).toBe(`whole and direct:\n${expected}`);
    }
  }
  await proxied.apply({});
  return expected;
}

const bytesOf = (lines: readonly string[], way: Way) => Buffer.concat(lines.map(way.encode));

async function play(
  proxied: ProxiedRedis,
  connect: () => Promise<RawClient>,
  steps: readonly Step[],
  way: Way,
  cut: (bytes: Buffer) => Buffer[],
): Promise<string> {
  const { control } = proxied.redis;
  await until('nobody waits any more', async () => (await waitingCount(proxied)) === 0);
  await control.flushall();
  await using players = new Players(connect, way);
  for (const [who] of steps) await players.enter(who);
  let waiting = 0;
  for (const [who, does, ...lines] of steps) {
    const pieces = cut(bytesOf(lines.map(players.withIds), way));
    if (does === 'says') {
      await players.says(who, pieces);
      waiting = await waitingCount(proxied);
    } else if (does === 'waits') {
      await players.of(who).sendPieces(pieces);
      waiting += 1;
      await until(`${who} waits`, async () => (await waitingCount(proxied)) === waiting);
    } else {
      const id = await players.leave(who);
      await until(`${who} has left`, async () => {
        return !String(await control.call('CLIENT', 'LIST')).includes(`id=${id} `);
      });
    }
  }
  return await players.transcript();
}

class Players implements AsyncDisposable {
  readonly #clients = new Map<string, RawClient>();
  readonly #ids = new Map<string, string>();
  readonly #heard = new Map<string, string>();

  constructor(
    private readonly connect: () => Promise<RawClient>,
    private readonly way: Way,
  ) {}

  async enter(who: string): Promise<void> {
    if (this.#clients.has(who)) return;
    const client = await this.connect();
    this.#clients.set(who, client);
    if (this.way.hello) await client.ask(this.way.encode(this.way.hello));
    this.#ids.set(who, (await client.ask('CLIENT ID\r\n')).slice(1, -2));
  }

  of(who: string): RawClient {
    const client = this.#clients.get(who);
    if (!client) throw new Error(`${who} is not there`);
    return client;
  }

  /** Returns the number of the connection that ends. */
  async leave(who: string): Promise<string> {
    await this.of(who)[Symbol.asyncDispose]();
    this.#clients.delete(who);
    return this.#ids.get(who) ?? '';
  }

  readonly withIds = (line: string) =>
    line.replace(/\{id:(\w+)\}/g, (_, who: string) => this.#ids.get(who) ?? '');

  async says(who: string, pieces: readonly Buffer[]): Promise<void> {
    const { sent, answer } = nextMarker();
    const client = this.of(who);
    await client.sendPieces(pieces);
    client.send(sent);
    const heard = (await client.takeUntil(answer)).toString('latin1');
    this.#heard.set(who, `${this.#heard.get(who) ?? ''}${heard.replace(answer, '(all)\r\n')}`);
  }

  /** What each of them heard, the last that was on its way included; numbers of connections and times taken out. */
  async transcript(): Promise<string> {
    for (const who of this.#clients.keys()) await this.says(who, []);
    const scripts = [...this.#heard].map(([who, heard]) => `${who}:\n${heard}`);
    return scripts
      .join('\n')
      .replace(/\+\d+\.\d+ \[(\d) (127\.0\.0\.1:\d+|lua)\]/g, '+TIME [$1 ADDRESS]')
      .replace(/(tracking-redir-broken\r\n):\d+/, '$1:ID')
      .replace(/\+TIME .*"(marker-.*|info" "clients)"\r\n/g, '');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients.values()) await client[Symbol.asyncDispose]();
  }
}

async function waitingCount({ redis }: ProxiedRedis): Promise<number> {
  return Number(/blocked_clients:(\d+)/.exec(await redis.control.info('clients'))?.[1]);
}

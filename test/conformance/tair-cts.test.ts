/**
 * The cases of a compatibility suite for Redis-like systems, by the people who
 * make the service's own engine (github.com/tair-opensource/resp-compatibility,
 * cts.json; MIT licence; no part of this project). FROSTGATE_CTS says where the
 * file is. What plain Redis passes, passes here too, and with the same replies.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import RedisParser from 'redis-parser';
import { describe, expect, test } from 'vitest';
import { command } from '../support/raw-client.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { login, RealRedis } from '../support/real-redis.js';
import { simulator } from '../support/simulator.js';

const FILE = process.env.FROSTGATE_CTS ?? '';
const leftOut = FILE === '' ? 'FROSTGATE_CTS does not say where cts.json is' : null;

interface Case {
  readonly name: string;
  readonly command: readonly string[];
  readonly result: readonly unknown[];
  /** The members of an array may come in any order. */
  readonly sort_result?: boolean;
  /** `\x00` and the like stand for bytes. */
  readonly command_binary?: boolean;
}

interface Outcome {
  /** One for each command; errors as `-ERR …`. */
  readonly replies: readonly unknown[];
  readonly passed: boolean;
}

/** So that a refusal would be noticed: there may be none among the cases. */
const NOT_OPEN: Case = {
  name: 'config set command',
  command: ['config set maxmemory-samples 5'],
  result: ['OK'],
};

describe(`compatibility cases (left out: ${String(leftOut)})`, () => {
  const cases = leftOut === null ? (JSON.parse(readFileSync(FILE, 'utf8')) as Case[]) : [];

  test.skipIf(leftOut)('plain Redis passes most of them', async () => {
    const passed = (await onPlainRedis(cases)).filter((one) => one.passed);
    expect(passed.length).toBeGreaterThan(0.9 * cases.length);
  });

  test.skipIf(leftOut)('the proxy gives the replies of the Redis behind it', async () => {
    const expected = await onPlainRedis(cases);
    await using proxied = await ProxiedRedis.start();
    expect(differences(cases, expected, await runAll(cases, proxied.port))).toEqual([]);
  });

  test.skipIf(leftOut)(
    'an instance gives them too, and refuses nothing but commands that are not open',
    async ({ annotate }) => {
      const more = [...cases, NOT_OPEN];
      const expected = await onPlainRedis(more);
      await using sim = await simulator();
      const { port } = await sim.createInstance();
      const seen = await runAll(more, port ?? 0);
      const refused = more.filter((_, i) => isRefused(seen[i], expected[i]));
      await annotate(`not open: ${refused.map(({ name }) => name).join(', ')}`);
      expect(refused).toContain(NOT_OPEN);
      const ofOpen = <T>(all: readonly T[]) =>
        all.filter((_, i) => !refused.includes(more[i] ?? NOT_OPEN));
      expect(differences(ofOpen(more), ofOpen(expected), ofOpen(seen))).toEqual([]);
    },
  );
});

async function onPlainRedis(cases: readonly Case[]): Promise<Outcome[]> {
  await using redis = await RealRedis.start();
  return await runAll(cases, redis.address.port, login(redis.address));
}

/** Where a case passes on Redis and not here, or where the replies differ although they tell nothing random. */
function differences(
  cases: readonly Case[],
  expected: readonly Outcome[],
  seen: readonly Outcome[],
): string[] {
  return cases.flatMap(({ name, sort_result }, i) => {
    const [theirs, ours] = [expected[i], seen[i]];
    const isSame = JSON.stringify(theirs?.replies) === JSON.stringify(ours?.replies);
    const isFine = theirs?.passed ? ours?.passed && (isSame || sort_result) : isSame;
    if (isFine) return [];
    return [`${name}: ${JSON.stringify(ours?.replies)}, not ${JSON.stringify(theirs?.replies)}`];
  });
}

/** Redis knows a command that the instance says it does not know. */
function isRefused(seen: Outcome | undefined, expected: Outcome | undefined): boolean {
  const isUnknown = (reply: unknown) => String(reply).startsWith('-ERR unknown command');
  return (seen?.replies ?? []).some(
    (reply, i) => isUnknown(reply) && !isUnknown(expected?.replies[i]),
  );
}

/** Each on a connection of its own, as some end it; all in one Redis, emptied before each. */
async function runAll(cases: readonly Case[], port: number, before?: Buffer): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const one of cases) {
    await using connection = await Connection.open(port);
    if (before) await connection.ask(before);
    await connection.ask(command('FLUSHALL'));
    const replies: unknown[] = [];
    for (const line of one.command) replies.push(await connection.ask(bytesOf(line, one)));
    const wanted = one.result.slice(0, one.command.length); // some have more than that
    const comparable = (all: readonly unknown[]) =>
      JSON.stringify(one.sort_result ? all.map(sorted) : all);
    outcomes.push({ replies, passed: comparable(replies) === comparable(wanted) });
  }
  return outcomes;
}

/** As the suite's own program takes a line apart: at spaces, but for those between double quotes. */
function bytesOf(line: string, { command_binary }: Case): Buffer {
  const encoded = Buffer.from(
    command_binary ? unescaped(line) : line,
    command_binary ? 'latin1' : 'utf8',
  );
  const parts = encoded.toString('latin1').match(/(?:"[^"]*"|[^ "])+/g) ?? [];
  return command(...parts.map((part) => Buffer.from(part.replaceAll('"', ''), 'latin1')));
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' };

function unescaped(line: string): string {
  return line.replace(/\\(?:x([0-9a-f]{2})|(.))/gi, (_, hex: string | undefined, other: string) =>
    hex === undefined ? (ESCAPES[other] ?? other) : String.fromCharCode(parseInt(hex, 16)),
  );
}

/** The innermost arrays sorted. */
function sorted(reply: unknown): unknown {
  if (!Array.isArray(reply)) return reply;
  return reply.some(Array.isArray) ? reply.map(sorted) : reply.toSorted();
}

/** Takes one reply for each command, whatever else may come. */
class Connection implements AsyncDisposable {
  readonly #replies: unknown[] = [];
  #changed: () => void = () => undefined;

  private constructor(private readonly socket: Socket) {
    const parser = new RedisParser({
      returnReply: (reply: unknown) => this.#replies.push(reply),
      returnError: ({ message }) => this.#replies.push(`-${message}`),
    });
    socket.on('data', (chunk: Buffer) => {
      parser.execute(chunk);
      this.#changed();
    });
    socket.on('end', () => {
      this.#changed();
    });
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    return new Connection(socket);
  }

  async ask(sent: Buffer): Promise<unknown> {
    this.socket.write(sent);
    while (this.#replies.length === 0) {
      if (this.socket.readableEnded) return '(the connection has ended)';
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
    return this.#replies.shift();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    if (!this.socket.closed) await once(this.socket, 'close');
  }
}

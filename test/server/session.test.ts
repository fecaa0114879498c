/** A session over streams in memory: the test is client and Redis at once. */
import { duplexPair, type Duplex } from 'node:stream';
import { beforeEach, describe, expect, test } from 'vitest';
import { CommandTable } from '../../src/server/command-table.js';
import { LoginGuard } from '../../src/server/login-guard.js';
import { Logins } from '../../src/server/logins.js';
import { Outbox } from '../../src/server/outbox.js';
import { Traffic } from '../../src/server/traffic.js';
import { refusalCommand } from '../../src/server/refusals.js';
import { Session } from '../../src/server/session.js';
import { Shift } from '../../src/server/shift.js';
import type { Situation } from '../../src/server/situation.js';
import { Throttle } from '../../src/server/throttle.js';
import { OPEN, WORDS } from '../support/endpoint-spec.js';
import { command, turns, until } from '../support/raw-client.js';
import { everySplit } from '../support/splits.js';

const CREDENTIALS = { username: 'default', password: 'secret' };
const LOGIN = command('AUTH', 'default', 'secret').toString();
const TEMPORARY_FAILURE = '-ERR redis temporary failure\r\n';
const NOWRITE = 'NOWRITE frozen';

const row = (name: string, arity: number, write: boolean) => ({
  name,
  arity,
  write,
  read: !write,
  noAuth: name === 'reset',
  subcommands: [],
});
const commands = new CommandTable(
  [row('get', 2, false), row('set', -3, true), row('reset', 1, false)],
  {},
);

let situation: Situation;
let client: Duplex;
let redis: Duplex;
let session: Session;
let ended: number;
/** What arrived so far. */
let atClient: string;
let atRedis: string;

beforeEach(() => {
  situation = {
    access: OPEN,
    words: WORDS,
    backendRefusal: NOWRITE,
    commands,
    logins: new Logins([], CREDENTIALS),
    unasked: CREDENTIALS,
    latencyMs: 0,
    guard: new LoginGuard(),
    outbox: new Outbox(),
    traffic: new Traffic(),
    time: null,
    shift: new Shift(new Set()),
    writes: { any: true },
    throttles: { toBackend: new Throttle(null, 0), toClient: new Throttle(null, 0) },
  };
  const [ourClientSide, theirClientSide] = duplexPair();
  const [ourRedisSide, theirRedisSide] = duplexPair();
  client = theirClientSide;
  redis = theirRedisSide;
  ended = 0;
  atClient = atRedis = '';
  for (const stream of [client, redis]) stream.on('error', () => undefined);
  client.on('data', (chunk: Buffer) => (atClient += chunk.toString('latin1')));
  redis.on('data', (chunk: Buffer) => (atRedis += chunk.toString('latin1')));
  session = new Session(
    ourClientSide,
    ourRedisSide,
    '127.0.0.1',
    () => situation,
    () => (ended += 1),
  );
});

async function sees(who: 'client' | 'redis', what: string): Promise<void> {
  const seen = () => (who === 'client' ? atClient : atRedis);
  await until(`${who} sees ${JSON.stringify(what)}`, () => seen().includes(what), 5_000);
}

describe('the login', () => {
  test('comes first, and its answer is not shown', async () => {
    client.write('GET a\r\n');
    await turns(5);
    expect(atRedis).toBe(LOGIN); // nothing of the client's before it is answered
    for (const byte of '+OK\r\n') redis.write(byte);
    await sees('redis', 'GET a\r\n');
    for (const byte of '+OK\r\n') redis.write(byte);
    await sees('client', '\n');
    expect([atRedis, atClient]).toEqual([`${LOGIN}GET a\r\n`, '+OK\r\n']);
  });

  test.each([
    '-WRONGPASS invalid username-password pair or user is disabled.\r\n',
    '-ERR max number of clients reached\r\n',
  ])('that fails (%j) is a temporary failure, and the end', async (answer) => {
    client.write('GET a\r\n');
    redis.write(answer);
    await until('the session ended', () => ended > 0);
    expect(atClient).toBe(TEMPORARY_FAILURE);
  });

  test('of which nothing is heard before Redis hangs up is a temporary failure', async () => {
    redis.end();
    await until('the session ended', () => ended > 0);
    expect(atClient).toBe(TEMPORARY_FAILURE);
  });

  test('is repeated behind RESET, which forgets who is logged in', async () => {
    redis.write('+OK\r\n');
    client.write(Buffer.concat([command('RESET'), command('GET', 'a')]));
    await sees('redis', command('GET', 'a').toString());
    const [reset, mark, login, get] = commandsIn(atRedis.slice(LOGIN.length));
    expect([reset, login, get]).toEqual(['RESET', 'AUTH default secret', 'GET a']);
    const complaint = `-ERR unknown command '${String(mark)}', with args beginning with: \r\n`;
    for (const answers of [`+RESET\r\n${complaint}+OK\r\n+OK\r\n`, `${complaint}+OK\r\n+OK\r\n`]) {
      for (const pieces of everySplit(Buffer.from(answers))) {
        atClient = '';
        for (const piece of pieces) redis.write(piece);
        await sees('client', '+OK\r\n');
        await turns(2);
        expect(atClient).toBe(answers.startsWith('+RESET') ? '+RESET\r\n+OK\r\n' : '+OK\r\n');
      }
    }
  });

  test('that fails behind RESET ends the session', async () => {
    redis.write('+OK\r\n');
    client.write('RESET\r\n');
    await sees('redis', 'RESET');
    await turns(2);
    const mark = commandsIn(atRedis.slice(LOGIN.length))[1];
    redis.write(
      `+RESET\r\n-ERR unknown command '${String(mark)}', with args: \r\n-WRONGPASS no\r\n`,
    );
    await until('the session ended', () => ended > 0);
    expect(atClient).toBe(`+RESET\r\n${TEMPORARY_FAILURE}`);
  });

  function commandsIn(text: string): string[] {
    const words = text.split('\r\n').filter((line) => line !== '' && !line.startsWith('$'));
    return words
      .join(' ')
      .split(/ ?\*\d+ /)
      .slice(1);
  }
});

describe('a refused command', () => {
  test('goes to Redis as one that Redis does not know; its complaint becomes the line', async () => {
    redis.write('+OK\r\n');
    situation = { ...situation, access: { reads: null, writes: NOWRITE } };
    client.write('GET a\r\nSET a 1\r\nGET a\r\n');
    const instead = refusalCommand(NOWRITE).toString();
    await sees('redis', `GET a\r\n${instead}GET a\r\n`);
    const name = instead.split('\r\n')[2] ?? '';
    redis.write(`$-1\r\n-ERR unknown command '${name}', with args beginning with: \r\n$-1\r\n`);
    await sees('client', '\n$-1\r\n');
    expect(atClient).toBe(`$-1\r\n-${NOWRITE}\r\n$-1\r\n`);
  });

  test('is judged by the situation when it arrives', async () => {
    redis.write('+OK\r\n');
    client.write('SET a 1\r\n');
    await sees('redis', 'SET a 1');
    situation = { ...situation, access: { reads: null, writes: NOWRITE } };
    client.write('SET a 2\r\n');
    await sees('redis', refusalCommand(NOWRITE).toString());
    expect(atRedis).not.toContain('SET a 2');
  });
});

describe('backpressure', () => {
  test('of a client that does not read, a bounded part of the replies is held', async () => {
    redis.write('+OK\r\n');
    await turns(3);
    client.pause();
    const chunk = Buffer.from(`$65536\r\n${'x'.repeat(65_536)}\r\n`);
    const count = await writeUntilFull(redis, chunk);
    expect(count).toBeLessThan(20);
    expect(session.client.writableLength).toBeLessThan(4 * chunk.length);
    client.resume();
    await until('all replies arrived', () => atClient.length === count * chunk.length);
  });

  test('of commands that Redis does not take, a bounded part is held', async () => {
    redis.write('+OK\r\n');
    await turns(3);
    redis.pause();
    const chunk = command('SET', 'a', 'x'.repeat(65_536));
    const count = await writeUntilFull(client, chunk);
    expect(count).toBeLessThan(20);
    expect(session.backend.writableLength).toBeLessThan(4 * chunk.length);
    redis.resume();
    const expected = LOGIN.length + count * chunk.length;
    await until('all commands arrived', () => atRedis.length === expected);
  });

  /** Writes until the other side takes no more, and returns how often it could. */
  async function writeUntilFull(stream: Duplex, chunk: Buffer): Promise<number> {
    for (let count = 1; count <= 1000; count += 1) {
      stream.write(chunk);
      await turns(3);
      if (stream.writableNeedDrain) return count;
    }
    return 1000;
  }
});

describe('the end', () => {
  test('of the client is the end of its connection to Redis', async () => {
    client.destroy();
    session.client.destroy();
    await until('the session ended', () => ended > 0);
    expect(session.backend.destroyed).toBe(true);
    expect(ended).toBe(1);
  });

  test("of the client's commands is told to Redis, whose answers still arrive", async () => {
    redis.write('+OK\r\n');
    const heard = new Promise((resolve) => redis.once('end', resolve));
    client.end('GET a\r\n');
    await heard;
    expect(atRedis).toBe(`${LOGIN}GET a\r\n`);
    redis.end('$-1\r\n');
    await until('the session ended', () => ended > 0);
    expect(atClient).toBe('$-1\r\n');
  });

  test('of Redis comes after what Redis had said', async () => {
    redis.write('+OK\r\n$3\r\none\r\n');
    redis.end('$3\r\ntw');
    await until('the session ended', () => ended > 0);
    expect(atClient).toBe('$3\r\none\r\n$3\r\ntw');
  });

  test('by force may come twice, and is told once', () => {
    session.close();
    session.close();
    expect(ended).toBe(1);
    expect([session.client.destroyed, session.backend.destroyed]).toEqual([true, true]);
  });

  test('by an error on the way to Redis is a temporary failure, and the end of both', async () => {
    session.backend.destroy(new Error('reset by peer'));
    await until('the session ended', () => ended > 0);
    expect(atClient).toBe(TEMPORARY_FAILURE);
    expect(session.client.destroyed).toBe(true);
  });
});

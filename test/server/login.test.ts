/** Logging in as the service has it: differential where Redis has the same, by the documented texts where it has not. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { BackendLogin, EndpointSpec, Login } from '../../src/server/index.js';
import { hashOf, NOWRITE } from '../support/endpoint-spec.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { command, type RawClient } from '../support/raw-client.js';
import { everySplit } from '../support/splits.js';

const PASSWORD = 'Secret-Password:1';
const READER: BackendLogin = { username: 'reader-of-the-backend', password: 'derived' };
const WRONG = '-WRONGPASS invalid username-password pair';
const NOBODY = '-NOAUTH Authentication required';

let proxied: ProxiedRedis;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
  await proxied.redis.control.call('ACL', [
    ...['SETUSER', READER.username, 'on', `>${READER.password}`],
    ...['~*', '&*', '+@all', '-@write', '-@admin'],
  ]);
});
beforeEach(() => proxied.apply(withPassword()));
afterAll(() => proxied[Symbol.asyncDispose]());

function logins(password: string | null): Login[] {
  return [
    {
      names: ['default', 'r-test'],
      password: password === null ? null : hashOf(password),
      backend: proxied.redis.address,
    },
    { names: ['reader'], password: hashOf('Reader-1'), backend: READER },
  ];
}

function withPassword(): Partial<EndpointSpec> {
  return { logins: logins(PASSWORD), unasked: null };
}

async function answers(client: RawClient, ...requests: readonly Buffer[]): Promise<string[]> {
  client.send(...requests);
  return client.takeLines(requests.length);
}

const PING = command('PING');

describe('a client of an instance with a password', () => {
  test('is nobody before it has logged in, and somebody after', async () => {
    await using client = await proxied.connect();
    expect(await answers(client, PING, command('AUTH', PASSWORD), PING)).toEqual([
      NOBODY,
      '+OK',
      '+PONG',
    ]);
  });

  test.each<[string, readonly string[]]>([
    ['by the password alone', [PASSWORD]],
    ['as default', ['default', PASSWORD]],
    ["by the instance's id", ['r-test', PASSWORD]],
    ['by name and password in one', [`r-test:${PASSWORD}`]],
    ['as default in one', [`default:${PASSWORD}`]],
    ['as an account', ['reader', 'Reader-1']],
    ['as an account in one', ['reader:Reader-1']],
  ])('logs in %s, however it is cut', async (_, args) => {
    for (const pieces of everySplit(Buffer.concat([command('AUTH', ...args), PING]))) {
      await using client = await proxied.connect();
      await client.sendPieces(pieces);
      expect(await client.takeLines(2)).toEqual(['+OK', '+PONG']);
    }
  });

  test('logs in by an inline command, and in any case of letters', async () => {
    await using client = await proxied.connect();
    client.send(`auTH "default" ${PASSWORD}\r\nPING\r\n`);
    expect(await client.takeLines(2)).toEqual(['+OK', '+PONG']);
  });

  test.each<[string, readonly string[]]>([
    ['another password', ['Secret-Password:2']],
    ['no password', ['']],
    ['a name that there is not', ['nobody', PASSWORD]],
    ["an account's password as default", ['default', 'Reader-1']],
    ['the default password as an account', [`reader:${PASSWORD}`]],
    ["the backend's own name and password", [READER.username, READER.password]],
    ['a password of a megabyte', ['x'.repeat(1024 * 1024)]],
  ])('does not get in with %s', async (_, args) => {
    await using client = await proxied.connect();
    expect(await answers(client, command('AUTH', ...args), PING)).toEqual([WRONG, NOBODY]);
  });

  test("does not get in with the backend's own password", async () => {
    const { username, password } = proxied.redis.address;
    await using client = await proxied.connect();
    const tries = [command('AUTH', password), command('AUTH', username, password)];
    expect(await answers(client, ...tries, PING)).toEqual([WRONG, WRONG, NOBODY]);
  });

  test('stays who it is after a wrong try', async () => {
    await using client = await proxied.connect();
    const requests = [command('AUTH', PASSWORD), command('AUTH', 'wrong'), PING];
    expect(await answers(client, ...requests)).toEqual(['+OK', WRONG, '+PONG']);
  });

  test('is nobody again after RESET', async () => {
    await using client = await proxied.connect();
    const requests = [command('AUTH', PASSWORD), command('RESET'), PING];
    expect(await answers(client, ...requests)).toEqual(['+OK', '+RESET', NOBODY]);
  });

  test('is told that it is nobody before it is told that the instance is frozen', async () => {
    await proxied.apply({ ...withPassword(), access: { reads: null, writes: NOWRITE } });
    const set = command('SET', 'a', '1');
    await using client = await proxied.connect();
    const seen = await answers(client, set, command('AUTH', PASSWORD), set);
    expect(seen).toEqual([NOBODY, '+OK', `-${NOWRITE}`]);
  });

  test('hears of unknown commands and wrong numbers of arguments first, as from Redis', async () => {
    await using client = await proxied.connect();
    expect(await answers(client, command('NOPE'), command('GET'), command('AUTH'))).toEqual([
      "-ERR unknown command 'NOPE', with args beginning with: ",
      "-ERR wrong number of arguments for 'get' command",
      "-ERR wrong number of arguments for 'auth' command",
    ]);
  });

  test('may log in within MULTI', async () => {
    await using client = await proxied.connect();
    const auth = command('AUTH', PASSWORD);
    client.send(auth, command('MULTI'), auth, command('AUTH', 'wrong'), command('EXEC'), PING);
    expect(await client.takeLines(8)).toEqual([
      ...['+OK', '+OK', '+QUEUED', '+QUEUED', '*2', '+OK', WRONG],
      '+PONG',
    ]);
  });

  test('cannot write as a reader, not even by a script', async () => {
    await using client = await proxied.connect();
    const requests = [
      command('AUTH', 'reader', 'Reader-1'),
      command('SET', 'a', '1'),
      command('EVAL', "return redis.pcall('SET', 'a', '1')", '0'),
      command('EXISTS', 'a'),
    ];
    const [ok, set, script, exists] = await answers(client, ...requests);
    expect(ok).toBe('+OK');
    expect(set).toMatch(/^-NOPERM/);
    expect(script).toMatch(/^-(NOPERM|ERR)/);
    expect(exists).toBe(':0');
  });
});

describe('HELLO', () => {
  test('logs in, sets a name and the version at once', async () => {
    await using client = await proxied.connect();
    client.send(command('HELLO', '3', 'AUTH', 'default', PASSWORD, 'SETNAME', 'app'));
    await client.takeUntil('modules\r\n*0\r\n');
    client.send(command('CLIENT', 'GETNAME'));
    expect(await client.takeLines(2)).toEqual(['$3', 'app']);
  });

  test('does not let in with a wrong password', async () => {
    await using client = await proxied.connect();
    const hello = command('HELLO', '3', 'AUTH', 'default', 'wrong');
    expect(await answers(client, hello, PING)).toEqual([WRONG, NOBODY]);
  });

  test('counts each of its tries', async () => {
    await using client = await proxied.connectFrom('127.0.0.3');
    const tries = Array.from({ length: 2 }, (_, i) => ['AUTH', 'default', `guess-${String(i)}`]);
    const began = performance.now();
    const hellos = Array.from({ length: 75 }, () => command('HELLO', '3', ...tries.flat()));
    await answers(client, ...hellos);
    expect(performance.now() - began).toBeGreaterThan(490);
  });

  test('without AUTH says what Redis says', async () => {
    await using client = await proxied.connect();
    const [answer] = await answers(client, command('HELLO', '3'));
    expect(answer).toMatch(/^-NOAUTH HELLO must be called with the client already authenticated/);
  });

  test('leaves complaints to Redis', async () => {
    await using client = await proxied.connect();
    const [version, option] = await answers(
      client,
      command('HELLO', '4', 'AUTH', 'default', PASSWORD),
      command('HELLO', '3', 'AUTH', 'default', PASSWORD, 'NOPE'),
    );
    expect(version).toMatch(/^-NOPROTO/);
    expect(option).toMatch(/^-ERR Syntax error in HELLO option/);
  });
});

describe('a client that need not log in', () => {
  test('is somebody at once, and again after RESET', async () => {
    await proxied.apply({ logins: logins(null) });
    await using client = await proxied.connect();
    expect(await answers(client, PING, command('RESET'), PING)).toEqual([
      '+PONG',
      '+RESET',
      '+PONG',
    ]);
  });

  test('is told what Redis tells where no password is set', async () => {
    await proxied.apply({ logins: logins(null) });
    await using client = await proxied.connect();
    expect(await answers(client, command('AUTH', 'x'), command('AUTH', 'default', 'x'))).toEqual([
      '-ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
      '+OK',
    ]);
  });

  test('may log in nevertheless, and not with a wrong password', async () => {
    await proxied.apply({ logins: logins(PASSWORD) });
    await using client = await proxied.connect();
    const requests = [
      command('AUTH', PASSWORD),
      command('AUTH', 'x'),
      command('AUTH', 'default', 'x'),
    ];
    expect(await answers(client, ...requests)).toEqual(['+OK', WRONG, WRONG]);
  });
});

test('nobody who guesses gets to try more than the bound, and another address is not held up', async () => {
  await using guesser = await proxied.connect();
  const guesses = Array.from({ length: 150 }, (_, i) => command('AUTH', `guess-${String(i)}`));
  const began = performance.now();
  guesser.send(...guesses);
  await guesser.takeLines(100); // as many as in a second, at once
  await using other = await proxied.connectFrom('127.0.0.2');
  expect(await answers(other, command('AUTH', PASSWORD), PING)).toEqual(['+OK', '+PONG']);
  await guesser.takeLines(50);
  // The clock of the bound: a slow machine takes longer, never shorter.
  expect(performance.now() - began).toBeGreaterThan(490);
  expect(await answers(guesser, command('AUTH', PASSWORD), PING)).toEqual(['+OK', '+PONG']);
});

test('a pool of clients with the right password is not held up', async () => {
  const began = performance.now();
  await using client = await proxied.connect();
  client.send(...Array.from({ length: 1000 }, () => command('AUTH', PASSWORD)));
  expect(new Set(await client.takeLines(1000))).toEqual(new Set(['+OK']));
  expect(performance.now() - began).toBeLessThan(9_000); // held up, it would be nine seconds at least
});

describe('a client whose try has to wait', () => {
  /** Uses up what may be tried at once from there. */
  async function useUp(address: string): Promise<void> {
    await using guesser = await proxied.connectFrom(address);
    guesser.send(...Array.from({ length: 100 }, () => command('AUTH', 'wrong')));
    await guesser.takeLines(100);
  }

  test('gets all its answers, also when it has ended its side', async () => {
    await useUp('127.0.0.4');
    await using client = await proxied.connectFrom('127.0.0.4');
    client.send(command('AUTH', 'wrong'), command('AUTH', PASSWORD), PING);
    client.socket.end();
    expect(await client.takeLines(3)).toEqual([WRONG, '+OK', '+PONG']);
  });

  test('is not read on, however much it sends', async () => {
    const client = await proxied.connectFrom('127.0.0.5');
    const sent = Buffer.alloc(40_000_000, command('AUTH', 'wrong'));
    client.socket.write(sent);
    await client.takeLines(150);
    // Of what was written, the system takes some megabytes; the rest is still ours.
    expect(client.socket.writableLength).toBeGreaterThan(20_000_000);
    await client[Symbol.asyncDispose]();
  });
});

describe('a name with a zero byte in it', () => {
  // Redis takes it for what stands before the zero byte, if the two share a bucket of its table: one in some hundreds.
  const suffixes = Array.from({ length: 1_000 }, (_, i) => `\0${String(i)}`);

  test('gets nobody in', async () => {
    // Redis ends the connection of a nobody who asks for much at once.
    for (let from = 0; from < suffixes.length; from += 50) {
      await using client = await proxied.connect();
      const some = suffixes.slice(from, from + 50);
      const seen = await answers(client, ...some.map((end) => command(`SET${end}`, 'a', '1')));
      expect(seen.filter((line) => line.startsWith('+'))).toEqual([]);
    }
  });

  test('gets no write past a freeze, and no command that is not open', async () => {
    const notOpen = { 'config|set': 'ERR not open' };
    const access = { reads: null, writes: NOWRITE };
    await proxied.apply({ logins: logins(null), access, notOpen });
    await using client = await proxied.connect();
    const writes = suffixes.map((suffix) => command(`SET${suffix}`, 'a', '1'));
    const settings = suffixes.map((suffix) => command('CONFIG', `SET${suffix}`, 'timeout', '1'));
    const inline = suffixes.map((suffix) =>
      Buffer.from(`CONFIG "SET\\x00${suffix.slice(1)}" timeout 1\r\n`),
    );
    for (const tries of [writes, settings, inline]) {
      const seen = await answers(client, ...tries);
      expect(seen.filter((line) => line.startsWith('+'))).toEqual([]);
    }
    const long = suffixes.map((suffix) =>
      command('CONFIG', `SET${suffix}${'x'.repeat(100)}`, 'timeout', '1'),
    );
    const seen = await answers(client, ...long);
    expect(seen.filter((line) => line.startsWith('+'))).toEqual([]);
  });
});

test('HELLO of a version that there is not makes nobody of anybody', async () => {
  await using client = await proxied.connect();
  const [hello] = await answers(client, command('HELLO', '9', 'AUTH', 'reader', 'Reader-1'));
  expect(hello).toMatch(/^-NOPROTO/);
  expect(await answers(client, command('SET', 'a', '1'))).toEqual([NOBODY]);
});

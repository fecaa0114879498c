/** Frozen means frozen on every path; what is not a write goes on as ever. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { rowsIn } from '../support/command-rows.js';
import { command, type RawClient, until } from '../support/raw-client.js';
import { NOREAD, NOWRITE, ProxiedRedis } from '../support/proxied-redis.js';

const REFUSED = `-${NOWRITE}\r\n`;
const WRITING_SCRIPT = "return redis.call('SET', KEYS[1], 'x')";
const READING_SCRIPT = "return redis.call('GET', KEYS[1])";
const LIBRARY = `#!lua name=mylib
redis.register_function('put', function(keys) return redis.call('SET', keys[1], 'x') end)
redis.register_function{
  function_name = 'look', callback = function(keys) return redis.call('GET', keys[1]) end,
  flags = {'no-writes'}
}`;

let proxied: ProxiedRedis;
let client: RawClient;
beforeAll(async () => {
  proxied = await ProxiedRedis.start();
});
afterAll(() => proxied[Symbol.asyncDispose]());

afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await proxied.clear();
});

/** A session from before the freeze, with some data; what it did before is told by `before`. */
async function frozenSession(before = ''): Promise<string> {
  client = await proxied.connect();
  await client.ask('SET a one\r\nRPUSH l c b a\r\n', command('FUNCTION', 'LOAD', LIBRARY));
  client.send(before);
  const seen = before === '' ? '' : await client.takeLine();
  await proxied.freeze();
  return seen;
}

async function valueOfA(): Promise<string | null> {
  return proxied.redis.control.get('a');
}

describe('every write command of this Redis', () => {
  test('is refused, in a pipeline of all of them', async () => {
    await frozenSession();
    const writes = rowsIn(proxied.redis.commands).flatMap((row) => [row, ...row.subcommands]);
    const refused = writes.filter(({ write }) => write);
    expect(refused.length).toBeGreaterThan(80);
    const sent = refused.map(({ name, arity }) => {
      const words = name.split('|');
      return command(...words, ...Array<string>(Math.abs(arity) - words.length).fill('x'));
    });
    expect(await client.ask(...sent)).toBe(REFUSED.repeat(refused.length));
    expect(await proxied.redis.control.dbsize()).toBe(2);
  });
});

describe('a frozen instance', () => {
  test.each([
    ['reads', 'GET a\r\n', '$3\r\none\r\n'],
    ['commands without keys', 'PING\r\nECHO x\r\n', '+PONG\r\n$1\r\nx\r\n'],
    ['messages', 'PUBLISH channel x\r\n', ':0\r\n'],
    ['scripts that only read', `EVAL "${READING_SCRIPT}" 1 a\r\n`, '$3\r\none\r\n'],
    ['functions that only read', 'FCALL look 1 a\r\n', '$3\r\none\r\n'],
    ['SORT_RO', 'SORT_RO l ALPHA LIMIT 0 1\r\n', '*1\r\n$1\r\na\r\n'],
    ['blocking reads that are none', 'XREAD BLOCK 1 STREAMS s $\r\n', '*-1\r\n'],
    [
      'transactions of reads',
      'MULTI\r\nGET a\r\nEXEC\r\n',
      '+OK\r\n+QUEUED\r\n*1\r\n$3\r\none\r\n',
    ],
  ])('takes %s', async (_, sent, answer) => {
    await frozenSession();
    expect(await client.ask(sent)).toBe(answer);
  });

  test.each([
    ['a write', 'SET a 1\r\n'],
    ['a write as a client library sends it', command('sEt', 'a', '1').toString()],
    ['SORT ... STORE', 'SORT l ALPHA STORE a\r\n'],
    ['GETEX, which changes the time to live', 'GETEX a EX 1\r\n'],
    ['a blocking write', 'BLPOP l 0\r\n'],
    ['a write that changes nothing', 'DEL nothing\r\n'],
    ['FLUSHALL', 'FLUSHALL\r\n'],
  ])('refuses %s', async (_, sent) => {
    await frozenSession();
    expect(await client.ask(sent, 'PING\r\n')).toBe(`${REFUSED}+PONG\r\n`);
    expect(await valueOfA()).toBe('one');
  });

  test('refuses a write in a script, and Redis says where it stands', async () => {
    await frozenSession();
    const answer = await client.ask(command('EVAL', WRITING_SCRIPT, '1', 'a'));
    expect(answer).toMatch(
      new RegExp(`^-${NOWRITE} script: [0-9a-f]{40}, on @user_script:1\\.\r\n$`),
    );
    expect(await valueOfA()).toBe('one');
  });

  test('refuses a write in a script that Redis knows already', async () => {
    await frozenSession();
    const load = await client.ask(command('SCRIPT', 'LOAD', WRITING_SCRIPT));
    const sha = load.split('\r\n')[1] ?? '';
    expect(await client.ask(command('EVALSHA', sha, '1', 'a'))).toMatch(
      new RegExp(`^-${NOWRITE} script: ${sha}`),
    );
    expect(await valueOfA()).toBe('one');
  });

  test('refuses a function that may write before it runs', async () => {
    await frozenSession();
    expect(await client.ask('FCALL put 1 a\r\n')).toBe(REFUSED);
    expect(await valueOfA()).toBe('one');
  });

  test('refuses a write in a script in a transaction; the error stands within the array', async () => {
    await frozenSession();
    const script = command('EVAL', WRITING_SCRIPT, '1', 'a');
    const answer = await client.ask('MULTI\r\nGET a\r\n', script, 'GET a\r\nEXEC\r\n');
    const [ok, get, evaluated, get2, ...array] = answer.split('\r\n');
    expect([ok, get, evaluated, get2]).toEqual(['+OK', '+QUEUED', '+QUEUED', '+QUEUED']);
    expect(array.slice(0, 3)).toEqual(['*3', '$3', 'one']);
    expect(array[3]).toMatch(new RegExp(`^-${NOWRITE} script: `));
    expect(array.slice(4)).toEqual(['$3', 'one', '']);
  });

  test('a transaction from before the freeze is refused as a whole', async () => {
    client = await proxied.connect();
    await client.ask('SET a one\r\n');
    client.send('MULTI\r\nGET a\r\nSET a 2\r\n');
    expect(await client.takeLines(3)).toEqual(['+OK', '+QUEUED', '+QUEUED']);
    await proxied.freeze();
    const answer = await client.ask('EXEC\r\n');
    expect(answer).toBe(`-EXECABORT Transaction discarded because of: ${NOWRITE}\r\n`);
    expect(await valueOfA()).toBe('one');
    expect(await client.ask('GET a\r\n')).toBe('$3\r\none\r\n');
  });

  test('a transaction of reads from before the freeze is executed', async () => {
    await frozenSession('MULTI\r\n');
    expect(await client.ask('GET a\r\nEXEC\r\n')).toBe('+QUEUED\r\n*1\r\n$3\r\none\r\n');
  });

  test('refuses in RESP3 with the same line', async () => {
    await frozenSession('HELLO 3\r\n');
    await client.ask();
    expect(await client.ask('SET a 1\r\nHGETALL no\r\n')).toBe(`${REFUSED}%0\r\n`);
  });

  test.each(['HELLO 2\r\n', 'HELLO 3\r\n'])(
    'refuses a subscriber (%j) and goes on',
    async (hello) => {
      await frozenSession();
      await client.ask(hello, 'SUBSCRIBE channel\r\n');
      const answer = await client.ask('SET a 1\r\nSUBSCRIBE more\r\n');
      expect(answer.startsWith(REFUSED)).toBe(true);
      await proxied.redis.control.publish('channel', 'news');
      expect((await client.takeUntil('news\r\n')).toString()).toContain('message');
      expect(await valueOfA()).toBe('one');
    },
  );

  test.each([
    ['SET a\r\n', "-ERR wrong number of arguments for 'set' command\r\n"],
    ['GETDEL a b\r\n', "-ERR wrong number of arguments for 'getdel' command\r\n"],
    ['NOPE a\r\n', "-ERR unknown command 'NOPE', with args beginning with: 'a' \r\n"],
    // One argument with a vertical tab in it, as Redis reads it: no wrong number of arguments.
    ['GETDEL a\vb\r\n', REFUSED],
  ])('answers %j as Redis does', async (sent, answer) => {
    await frozenSession();
    expect(await client.ask(sent)).toBe(answer);
  });
});

describe('what the proxy does not reach', () => {
  test('a script that makes a value of the error shows the words of Redis; nothing is written', async () => {
    await frozenSession();
    const script = "return redis.pcall('SET', KEYS[1], 'x').err";
    expect(await client.ask(command('EVAL', script, '1', 'a'))).toContain('\r\nNOREPLICAS ');
    expect(await valueOfA()).toBe('one');
  });

  test('reads that were queued before are answered where reads are refused; scripts are refused with them', async () => {
    client = await proxied.connect();
    await client.ask('SET a one\r\n');
    client.send('MULTI\r\nGET a\r\n');
    expect(await client.takeLines(2)).toEqual(['+OK', '+QUEUED']);
    await proxied.freeze({ reads: NOREAD, writes: NOWRITE });
    expect(await client.ask('EXEC\r\n')).toBe('*1\r\n$3\r\none\r\n');
    expect(await client.ask(`EVAL "${READING_SCRIPT}" 1 a\r\n`)).toBe(`-${NOREAD}\r\n`);
    expect(await client.ask(`EVAL_RO "${READING_SCRIPT}" 1 a\r\n`)).toBe(`-${NOREAD}\r\n`);
  });
});

describe('at freeze and thaw', () => {
  test('connections stay open, and the same ones may write again', async () => {
    await frozenSession();
    expect(await client.ask('SET a 1\r\n')).toBe(REFUSED);
    await proxied.thaw();
    expect(await client.ask('SET a 1\r\nGET a\r\n')).toBe('+OK\r\n$1\r\n1\r\n');
    await proxied.freeze();
    expect(await client.ask('SET a 2\r\n')).toBe(REFUSED);
    expect(client.isOpen).toBe(true);
  });

  test('a write whose beginning came before the freeze is refused by Redis, in the same words', async () => {
    const set = command('SET', 'a', 'a long value');
    client = await proxied.connect();
    await client.ask('SET a one\r\n');
    await client.sendPieces([set.subarray(0, -5)]);
    await proxied.freeze();
    expect(await client.ask(set.subarray(-5))).toBe(REFUSED);
    expect(await valueOfA()).toBe('one');
  });

  test('a write whose beginning was refused stays refused when the thaw comes before its end', async () => {
    await frozenSession();
    const set = command('SET', 'a', 'a long value');
    client.send(set.subarray(0, -5));
    expect(await client.takeLine()).toBe(REFUSED.trim());
    await proxied.thaw();
    expect(await client.ask(set.subarray(-5), 'GET a\r\n')).toBe('$3\r\none\r\n');
  });

  test('who waits in BLPOP keeps waiting, and is served after the thaw', async () => {
    client = await proxied.connect();
    await client.ask();
    client.send('BLPOP queue 0\r\n');
    await until('BLPOP waits', async () => (await blockedClients()) === 1);
    await proxied.freeze();
    await using other = await proxied.connect();
    expect(await other.ask('RPUSH queue x\r\n')).toBe(REFUSED);
    expect(await blockedClients()).toBe(1);
    await proxied.thaw();
    expect(await other.ask('RPUSH queue y\r\n')).toBe(':1\r\n');
    const answer = '*2\r\n$5\r\nqueue\r\n$1\r\ny\r\n';
    expect((await client.take(answer.length)).toString()).toBe(answer);
  });

  async function blockedClients(): Promise<number> {
    const info = await proxied.redis.control.info('clients');
    return Number(/blocked_clients:(\d+)/.exec(info)?.[1]);
  }
});

describe('where reads are refused too', () => {
  test('reads and writes have their own lines, the rest passes', async () => {
    client = await proxied.connect();
    await client.ask('SET a one\r\n');
    await proxied.freeze({ reads: NOREAD, writes: NOWRITE });
    expect(await client.ask('GET a\r\nSET a 1\r\nPING\r\nget\r\n')).toBe(
      `-${NOREAD}\r\n${REFUSED}+PONG\r\n-ERR wrong number of arguments for 'get' command\r\n`,
    );
    const transaction = await client.ask('MULTI\r\nGET a\r\nEXEC\r\n');
    expect(transaction).toMatch(new RegExp(`^\\+OK\r\n-${NOREAD}\r\n-EXECABORT `));
    await proxied.thaw();
    expect(await client.ask('GET a\r\n')).toBe('$3\r\none\r\n');
  });
});

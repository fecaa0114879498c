/** Commands that are not open to customers, in every state. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { command, type RawClient } from '../support/raw-client.js';
import { ProxiedRedis } from '../support/proxied-redis.js';
import { everySplit } from '../support/splits.js';

const NO_SET = "ERR unknown command 'config set'";
const NO_ACL = "ERR unknown command 'acl'";
const NOT_OPEN = { 'config|set': NO_SET, acl: NO_ACL };

let proxied: ProxiedRedis;
let client: RawClient;
beforeAll(async () => {
  proxied = await ProxiedRedis.start({ notOpen: NOT_OPEN });
});
afterEach(async () => {
  await client[Symbol.asyncDispose]();
  await proxied.clear();
});
afterAll(() => proxied[Symbol.asyncDispose]());

describe('a command that is not open', () => {
  test.each<[string, Buffer, string]>([
    ['as a client library sends it', command('CONFIG', 'SET', 'maxmemory', '1mb'), NO_SET],
    ['in mixed case', command('cOnFiG', 'sEt', 'maxmemory', '1mb'), NO_SET],
    ['inline', Buffer.from('config set maxmemory 1mb\r\n'), NO_SET],
    ['inline in quotes', Buffer.from('"\\x63onfig" \'set\' maxmemory 1mb\r\n'), NO_SET],
    ['with too few arguments', command('CONFIG', 'SET'), NO_SET],
    ['a container', command('ACL'), NO_ACL],
    ['a subcommand of such a container', command('ACL', 'SETUSER', 'x', 'on'), NO_ACL],
    ['an unknown subcommand of such a container', command('ACL', 'NOPE'), NO_ACL],
  ])('is answered by its line: %s', async (_, sent, line) => {
    for (const pieces of everySplit(sent)) {
      client = await proxied.connect();
      await client.sendPieces(pieces);
      expect(await client.ask('PING\r\n')).toBe(`-${line}\r\n+PONG\r\n`);
      await client[Symbol.asyncDispose]();
    }
    expect(await proxied.redis.control.config('GET', 'maxmemory')).toEqual(['maxmemory', '0']);
    expect(await proxied.redis.control.call('ACL', 'USERS')).toEqual(['default']);
  });

  test('spoils a transaction', async () => {
    client = await proxied.connect();
    expect(await client.ask('MULTI\r\nCONFIG SET maxmemory 1mb\r\nEXEC\r\n')).toBe(
      `+OK\r\n-${NO_SET}\r\n-EXECABORT Transaction discarded because of previous errors.\r\n`,
    );
  });

  test('leaves the other subcommands open', async () => {
    client = await proxied.connect();
    expect(await client.ask('CONFIG GET maxmemory\r\n')).toBe(
      '*2\r\n$9\r\nmaxmemory\r\n$1\r\n0\r\n',
    );
  });

  test('is refused in its own words while frozen too', async () => {
    client = await proxied.connect();
    await proxied.freeze();
    expect(await client.ask('CONFIG SET maxmemory 1mb\r\n')).toBe(`-${NO_SET}\r\n`);
  });

  test('may become one, and open again, on open connections', async () => {
    client = await proxied.connect();
    const get = 'CONFIG GET maxmemory\r\n';
    const open = await client.ask(get);
    await proxied.apply({ notOpen: { 'config|get': 'ERR no' } });
    expect(await client.ask(get)).toBe('-ERR no\r\n');
    await proxied.apply({});
    expect(await client.ask(get)).toBe(open);
  });
});

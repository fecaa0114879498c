import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { inlineArguments } from '../../../src/server/resp/inline-arguments.js';
import type { RawClient } from '../../support/raw-client.js';
import { RealRedis } from '../../support/real-redis.js';

function split(line: string): string[] | null {
  const found = inlineArguments(Buffer.from(line, 'latin1'));
  return found && found.map((argument) => argument.toString('latin1'));
}

describe('an inline command', () => {
  test.each<[string, string[] | null]>([
    ['', []],
    ['\r', []],
    [' \t\v\f\r', []],
    ['PING', ['PING']],
    ['PING\r', ['PING']],
    ['  GET \t a  ', ['GET', 'a']],
    ['SET k "a b"', ['SET', 'k', 'a b']],
    ["SET k 'a b'", ['SET', 'k', 'a b']],
    ['SET k ""', ['SET', 'k', '']],
    ['"\\x41\\n\\r\\t\\b\\a\\q\\"\\\\"', ['A\n\r\t\b\x07q"\\']],
    ['"\\xzz\\x4"', ['xzzx4']],
    ["'a\\'b\\n'", ["a'b\\n"]],
    ['a"b"', ['ab']],
    ['"\\x00\\xff"', ['\x00\xff']],
    ['a\rb', ['a', 'b']],
    // Redis skips these between arguments, yet does not end an argument at them (sds.c, sdssplitargs).
    ['a\vb\fc', ['a\vb\fc']],
    ['"a"\v\f"b"', ['a', 'b']],
    ['SET "k', null],
    ["SET 'k", null],
    ['SET "k\\', null],
    ['SET "a"b', null],
    ["SET 'a'b", null],
    ["SET 'a\\'", null],
    // To Redis, a zero byte is the end of the line, within quotes too.
    ['GET a\0 b', ['GET', 'a']],
    ['"GET" "a"\0b', ['GET', 'a']],
    ['GET "a\0"', null],
  ])('%j has the arguments %j', (line, found) => {
    expect(split(line)).toEqual(found);
  });
});

describe('Redis itself', () => {
  let redis: RealRedis;
  beforeAll(async () => {
    redis = await RealRedis.start();
  });
  afterAll(() => redis[Symbol.asyncDispose]());

  test('splits every line into the same arguments', async () => {
    const pieces = [
      'a',
      'x',
      '4',
      '"',
      "'",
      '\\',
      ' ',
      '\t',
      '\v',
      '\f',
      '\r',
      '\x80',
      'n',
      '*',
      '$',
    ];
    const lines = fc.array(fc.constantFrom(...pieces), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(lines, async (chosen) => {
        const line = chosen.join('');
        expect(split(`x ${line}`)?.slice(1) ?? null).toEqual(await asRedisSplits(line));
      }),
      { numRuns: 400 },
    );
  });

  let client: RawClient | undefined;
  afterAll(() => client?.[Symbol.asyncDispose]());

  /** A script gives its arguments back. After an unbalanced line Redis closes the connection. */
  async function asRedisSplits(line: string): Promise<string[] | null> {
    client = client?.isOpen ? client : await redis.connect();
    client.send(Buffer.from(`EVAL "return ARGV" 0 ${line}\r\n`, 'latin1'));
    const first = await client.takeLine();
    if (first === '-ERR Protocol error: unbalanced quotes in request') {
      await client.takeToEnd();
      return null;
    }
    const found: string[] = [];
    for (let left = Number(first.slice(1)); left > 0; left -= 1) {
      const length = Number((await client.takeLine()).slice(1));
      found.push((await client.take(length + 2)).toString('latin1').slice(0, -2));
    }
    return found;
  }
});

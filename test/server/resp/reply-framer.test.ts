import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import RedisParser from 'redis-parser';
import { ReplyFramer } from '../../../src/server/resp/reply-framer.js';
import { cutAt, everySplit } from '../../support/splits.js';
import { array, bulk, error, integer, map, push, simple, verbatim } from './reply-builder.js';

interface Outcome {
  readonly sent: string;
  readonly asked: string[];
}

function run(
  pieces: readonly Buffer[],
  rewrite: (line: string) => string | null = () => null,
  simpleStrings = false,
): Outcome {
  const sent: Buffer[] = [];
  const asked: string[] = [];
  const framer = new ReplyFramer({
    rewrite(line) {
      asked.push(line.toString('latin1'));
      const instead = rewrite(line.toString('latin1'));
      return instead === null ? null : Buffer.from(instead, 'latin1');
    },
    send: (bytes) => sent.push(Buffer.from(bytes)),
  });
  framer.simpleStrings = simpleStrings;
  for (const piece of pieces) framer.push(piece);
  return { sent: Buffer.concat(sent).toString('latin1'), asked };
}

const ERR = error('ERR one');

describe('what Redis says', () => {
  test.each<[string, string, string[]]>([
    ['a simple string', simple('OK'), []],
    ['an error', ERR, [ERR]],
    ['an empty error', error(''), [error('')]],
    ['a number', integer(-1), []],
    ['a value', bulk('value'), []],
    ['an empty value', bulk(''), []],
    ['no value', '$-1\r\n*-1\r\n_\r\n', []],
    ['a value that looks like an error', bulk('\r\n-ERR no\r\n'), []],
    ['an array with an error in it', array(bulk('a'), ERR, integer(1)), [ERR]],
    ['arrays in arrays', array(array(), array(ERR, array(ERR))), [ERR, ERR]],
    ['a map with an error', map(bulk('a'), ERR), [ERR]],
    ['a push', push(bulk('invalidate'), array(bulk('-ERR no'))), []],
    ['the scalars of RESP3', '#t\r\n,-inf\r\n(-123\r\n,1.5\r\n', []],
    ['a verbatim string', verbatim('txt', '-ERR no\r\n-ERR no'), []],
    ['a bulk error', '!9\r\n-ERR a\r\nb\r\n', []],
    ['a simple string with a minus', simple('-ERR no'), []],
  ])('%s: the same bytes, asked about the errors only, at every split', (_, reply, asked) => {
    for (const pieces of everySplit(Buffer.from(reply + ERR))) {
      expect(run(pieces)).toEqual({ sent: reply + ERR, asked: [...asked, ERR] });
    }
  });

  test('has its errors replaced where they stand, at every split', () => {
    const reply = (line: string) => array(bulk('-ERR one'), line, push(bulk('x'), line)) + line;
    for (const pieces of everySplit(Buffer.from(reply(ERR)))) {
      expect(run(pieces, () => '-OTHER\r\n').sent).toBe(reply('-OTHER\r\n'));
    }
  });

  test('has errors taken out without a trace, at every split', () => {
    for (const pieces of everySplit(Buffer.from(simple('a') + ERR + simple('b')))) {
      expect(run(pieces, () => '').sent).toBe(simple('a') + simple('b'));
    }
  });

  test('is asked about simple strings only on demand', () => {
    const replies = simple('OK') + bulk('+OK') + simple('RESET');
    for (const pieces of everySplit(Buffer.from(replies))) {
      expect(run(pieces).asked).toEqual([]);
      expect(run(pieces, () => null, true).asked).toEqual([simple('OK'), simple('RESET')]);
    }
  });

  test('passes on at once: of a value nothing is held, however it is cut', () => {
    let sent = 0;
    const framer = new ReplyFramer({
      rewrite: () => null,
      send: (bytes) => (sent += bytes.length),
    });
    const bytes = Buffer.from(bulk('\r\n-ERR no\r\n'.repeat(10_000)));
    for (let at = 0; at < bytes.length; at += 1000) {
      framer.push(bytes.subarray(at, at + 1000));
      expect(sent).toBe(Math.min(at + 1000, bytes.length));
    }
  });

  test('is not held for a line that does not end: past 64 KB an error passes unread', () => {
    const long = Buffer.from(`-ERR ${'x'.repeat(200_000)}\r\n${ERR}`);
    const pieces: Buffer[] = [];
    for (let at = 0; at < long.length; at += 1000) pieces.push(long.subarray(at, at + 1000));
    expect(run(pieces, () => '-OTHER\r\n')).toEqual({
      sent: `${long.toString().slice(0, -ERR.length)}-OTHER\r\n`,
      asked: [ERR],
    });
  });
});

describe('any replies, cut anywhere', () => {
  const text = fc.oneof(
    fc.constantFrom('', '-ERR no', '\r\n-ERR no\r\n', '+OK\r\n', '$3\r\n'),
    fc.string({ maxLength: 10 }),
  );
  const line = text.map((t) => t.replace(/[\r\n]/g, ' '));
  const { reply } = fc.letrec<{ reply: string }>((tie) => ({
    reply: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      line.map(simple),
      line.map(error),
      fc.integer().map(integer),
      text.map(bulk),
      fc.constant('$-1\r\n'),
      fc.array(tie('reply'), { maxLength: 4 }).map((items) => array(...items)),
    ),
  }));
  const cuts = fc.array(fc.nat(300), { maxLength: 30 });

  test('pass as they are, and every error is asked about: just those that redis-parser finds', () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 6 }), cuts, (replies, places) => {
        const bytes = Buffer.from(replies.join(''));
        const outcome = run(cutAt(bytes, places));
        expect(outcome.sent).toBe(bytes.toString('latin1'));
        const found = outcome.asked.map((l) => Buffer.from(l, 'latin1').toString().slice(1, -2));
        expect(found).toEqual(errorsIn(bytes));
      }),
      { numRuns: 1000 },
    );
  });

  test('with all errors replaced, differ from the original in nothing else', () => {
    fc.assert(
      fc.property(fc.array(reply, { maxLength: 6 }), cuts, (replies, places) => {
        const bytes = Buffer.from(replies.join(''));
        const marked = Buffer.from(run(cutAt(bytes, places), () => '+\u0001\r\n').sent, 'latin1');
        const [before, after] = [valuesOf(bytes), valuesOf(marked)];
        const expected = replaceErrors(before);
        expect(after).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });

  function valuesOf(bytes: Buffer): unknown[] {
    const values: unknown[] = [];
    const parser = new RedisParser({
      returnReply: (value: unknown) => values.push(value),
      returnError: (value: Error) => values.push(value),
      returnFatalError: (problem: Error) => {
        throw problem;
      },
    });
    parser.execute(bytes);
    return values;
  }

  function errorsIn(bytes: Buffer): string[] {
    const walk = (value: unknown): string[] => {
      if (value instanceof Error) return [value.message];
      return Array.isArray(value) ? value.flatMap(walk) : [];
    };
    return valuesOf(bytes).flatMap(walk);
  }

  function replaceErrors(value: unknown): unknown {
    if (value instanceof Error) return '\u0001';
    return Array.isArray(value) ? value.map(replaceErrors) : value;
  }
});

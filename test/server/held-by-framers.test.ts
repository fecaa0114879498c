/** What is held of a command that is not whole: bounded however it comes, and cheap to go on with. */
import { expect, test } from 'vitest';
import { RequestFramer } from '../../src/server/resp/request-framer.js';
import { ASK_AGAIN, LOOK_INSIDE, type RequestSink } from '../../src/server/resp/request-sink.js';
import { command } from '../support/raw-client.js';
import { byteByByte } from '../support/splits.js';
import { usedBytes } from '../support/used-memory.js';

const LINE_BYTES = 60_000;
/** What the test itself and the compiler leave behind. */
const OTHER_BYTES = 4_000_000;
const LOOKUP = { find: () => 'any', tooLong: 'any', subcommandsOf: () => undefined };

function framer(sink: Partial<RequestSink<string>> = {}) {
  return new RequestFramer<string>(() => LOOKUP, {
    decide: () => null,
    send: () => undefined,
    ...sink,
  });
}

test('a line that comes byte by byte takes no more than twice its bytes', () => {
  const pieces = byteByByte(Buffer.from(`ECHO ${'x'.repeat(LINE_BYTES)}`));
  expectHeld(20, 2 * LINE_BYTES, (one) => {
    for (const piece of pieces) one.push(piece);
  });
});

test('what comes behind a login that waits takes no more than twice its bytes, however small its pieces', () => {
  const pieces = byteByByte(Buffer.alloc(LINE_BYTES, 'x'));
  const waiting: Partial<RequestSink<string>> = {
    decide: () => LOOK_INSIDE,
    inspect: () => ASK_AGAIN,
  };
  expectHeld(
    20,
    2 * LINE_BYTES,
    (one) => {
      one.push(command('AUTH', 'a'));
      for (const piece of pieces) one.push(piece);
    },
    waiting,
  );
});

test('the beginning of a command, of its name or of a value takes less than 1 KB', () => {
  for (const beginning of ['*', '*3\r\n$3\r\nSE', '*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10', 'GE']) {
    expectHeld(10_000, 1_000, (one) => one.push(Buffer.from(beginning)));
  }
});

test('a login of more arguments than anybody needs is not waited for: each piece of it would be read again', () => {
  const inspected: unknown[] = [];
  const one = framer({
    decide: () => LOOK_INSIDE,
    inspect: (_, args) => {
      inspected.push(args);
      return null;
    },
  });
  one.push(Buffer.from('*1025\r\n$5\r\nHELLO\r\n$1\r\n'));
  expect(inspected).toEqual([null]);
});

/** Of `count` framers that are used like this, each holds no more than `most` bytes. */
function expectHeld(
  count: number,
  most: number,
  use: (one: RequestFramer<string>) => void,
  sink: Partial<RequestSink<string>> = {},
): void {
  const before = usedBytes();
  const held = Array.from({ length: count }, () => {
    const one = framer(sink);
    use(one);
    return one;
  });
  const grown = usedBytes() - before;
  expect(held).toHaveLength(count); // they are still in use
  expect(grown).toBeLessThan(count * most + OTHER_BYTES);
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { INCOMPLETE } from '../../../src/server/resp/bytes.js';
import { pastArguments, wholeArguments } from '../../../src/server/resp/whole-arguments.js';
import { command } from '../../support/raw-client.js';

/** Lengths of one digit, of two, and of three. */
const argument = fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes));
const args = fc.array(argument, { minLength: 1, maxLength: 12 });

/** Without the line that says how many there are. */
function argumentsOf(given: readonly Buffer[]): Buffer {
  const bytes = command(...given);
  return bytes.subarray(bytes.indexOf('\n') + 1);
}

test('arguments are passed by at once where each of them is short and there, and only there', () => {
  fc.assert(
    fc.property(args, fc.nat(), (given, cut) => {
      const bytes = argumentsOf(given);
      const behind = Buffer.concat([bytes, Buffer.from('*1\r\n$4\r\nPING\r\n')]);
      const areShort = given.every(({ length }) => length < 100);
      expect(pastArguments(behind, 0, given.length)).toBe(areShort ? bytes.length : INCOMPLETE);
      expect(pastArguments(bytes.subarray(0, cut % bytes.length), 0, given.length)).toBe(
        INCOMPLETE,
      );
    }),
  );
});

test('what is passed by at once is what is found one by one, whatever the bytes are', () => {
  const piece = fc.constantFrom('$', '1', '0', '9', '-', '\r', '\n', '\r\n', '$1\r\na\r\n', 'x');
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 30 }),
      fc.integer({ min: 1, max: 3 }),
      (pieces, count) => {
        const bytes = Buffer.from(pieces.join(''));
        const next = pastArguments(bytes, 0, count);
        if (next === INCOMPLETE) return;
        expect(wholeArguments(bytes, 0, count)).toMatchObject({ next });
      },
    ),
    { numRuns: 2000 },
  );
});

import { describe, expect, test } from 'vitest';
import type { CommandEntry } from '../../src/server/command-table.js';
import { refusalOf } from '../../src/server/gate.js';

const OPEN = { reads: null, writes: null };
const FROZEN = { reads: null, writes: 'no writes' };
const CLOSED = { reads: 'no reads', writes: 'no writes' };

function entry(kind: 'write' | 'read' | 'other', arity: number, notOpen: string | null = null) {
  const row = {
    name: 'x',
    arity,
    write: kind === 'write',
    read: kind === 'read',
    noAuth: false,
    subcommands: [],
  };
  return {
    ...{ row, notOpen, subcommands: undefined, timeRule: undefined },
    ...{
      ordinaryBelow: 0,
      givesExpiryFrom: Infinity,
      mayBlock: false,
      mayWrite: false,
      counted: 0,
    },
  } satisfies CommandEntry;
}

describe('the gate', () => {
  test.each([
    // kind, access, arity, arguments, line
    ['write', OPEN, -3, 3, null],
    ['read', OPEN, 2, 2, null],
    ['other', OPEN, -1, 1, null],
    ['write', FROZEN, -3, 3, 'no writes'],
    ['write', FROZEN, -3, 9, 'no writes'],
    ['write', FROZEN, 2, 2, 'no writes'],
    ['read', FROZEN, 2, 2, null],
    ['other', FROZEN, -1, 1, null],
    ['write', CLOSED, -3, 3, 'no writes'],
    ['read', CLOSED, 2, 2, 'no reads'],
    ['other', CLOSED, -1, 1, null],
    // Redis objects to a wrong number of arguments before it asks whether it may write.
    ['write', FROZEN, -3, 2, null],
    ['write', FROZEN, 2, 1, null],
    ['write', FROZEN, 2, 3, null],
    ['read', CLOSED, 2, 3, null],
  ] as const)('a %s under %o, arity %i, with %i arguments: %s', (kind, access, arity, n, line) => {
    expect(refusalOf(entry(kind, arity), n, access)).toBe(line);
  });

  test('lets pass what Redis does not know either', () => {
    expect(refusalOf(undefined, 1, CLOSED)).toBeNull();
  });

  test.each(['write', 'read', 'other'] as const)(
    'a %s that is not open is refused in its own words in every state, whatever its arity',
    (kind) => {
      for (const access of [OPEN, FROZEN, CLOSED]) {
        expect(refusalOf(entry(kind, 3, 'not open'), 3, access)).toBe('not open');
        expect(refusalOf(entry(kind, 3, 'not open'), 1, access)).toBe('not open');
      }
    },
  );
});

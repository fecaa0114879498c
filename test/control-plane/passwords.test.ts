/** What a password may be, and what is kept of it. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkPassword, problemOfPassword } from '../../src/control-plane/core/password-rules.js';
import { hashPassword } from '../../src/control-plane/passwords.js';

const KINDS = [
  'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  'abcdefghijklmnopqrstuvwxyz',
  '0123456789',
  '!@#$%^&*()_+-=',
];
const ofKind = (kind: string) => fc.nat(kind.length - 1).map((at) => kind.charAt(at));

/** One of each of some kinds, then any of them, in any order. */
const ofKinds = (kinds: readonly string[], length: { min: number; max: number }) =>
  fc
    .tuple(
      fc.tuple(...kinds.map(ofKind)),
      fc.array(fc.oneof(...kinds.map(ofKind)), {
        minLength: Math.max(0, length.min - kinds.length),
        maxLength: length.max - kinds.length,
      }),
    )
    .chain(([first, rest]) =>
      fc.shuffledSubarray([...first, ...rest], { minLength: first.length + rest.length }),
    )
    .map((characters) => characters.join(''));

const someKinds = (min: number, max: number) =>
  fc.subarray([...KINDS], { minLength: min, maxLength: max });

test('8 to 32 characters of three or four kinds are a password', () => {
  const good = someKinds(3, 4).chain((kinds) => ofKinds(kinds, { min: 8, max: 32 }));
  fc.assert(
    fc.property(good, (text) => {
      expect(problemOfPassword(text)).toBeNull();
    }),
  );
});

test('of one or two kinds, they are none', () => {
  const simple = someKinds(1, 2).chain((kinds) => ofKinds(kinds, { min: 8, max: 32 }));
  fc.assert(
    fc.property(simple, (text) => {
      expect(problemOfPassword(text)).toBe('it has too few kinds of characters');
    }),
  );
});

test('shorter and longer ones are none, and it is said which it is', () => {
  const short = ofKinds(KINDS, { min: 4, max: 7 });
  const long = ofKinds(KINDS, { min: 33, max: 60 });
  fc.assert(
    fc.property(short, (text) => {
      expect(problemOfPassword(text)).toBe('it is too short');
    }),
  );
  fc.assert(
    fc.property(long, (text) => {
      expect(problemOfPassword(text)).toBe('it is too long');
    }),
  );
});

test('a character of no kind spoils it', () => {
  const foreign = fc
    .string({ minLength: 1, maxLength: 1, unit: 'binary' })
    .filter((one) => !KINDS.join('').includes(one));
  fc.assert(
    fc.property(ofKinds(KINDS, { min: 8, max: 31 }), foreign, fc.nat(31), (text, character, at) => {
      const spoilt = text.slice(0, at) + character + text.slice(at);
      expect(problemOfPassword(spoilt)).toContain('not allowed');
    }),
  );
});

test('a refusal does not tell what was refused', () => {
  fc.assert(
    fc.property(
      fc.string().map((text) => `§${text}§`),
      (text) => {
        try {
          checkPassword(text, 'password', 'InvalidPasswordMalformed');
        } catch (error) {
          expect(JSON.stringify({ ...(error as object), text: String(error) })).not.toContain(text);
          return;
        }
        throw new Error('it was not refused');
      },
    ),
  );
});

test('what is kept is HMAC-SHA-256 under a salt of 16 random bytes: never the same, never the text', () => {
  const one = hashPassword('Geheim_123');
  const other = hashPassword('Geheim_123');
  expect(one.salt).toMatch(/^[0-9a-f]{32}$/);
  expect(other).not.toEqual(one);
  const again = createHmac('sha256', Buffer.from(one.salt, 'hex'))
    .update('Geheim_123')
    .digest('hex');
  expect(one.hash).toBe(again);
});

/** What a password may be (vendor's pages CreateInstance and CreateAccount). Its text is never in an error, an event or a log. */
import { SimulatorError } from './errors.js';

/** What is kept of a password. Hex digits both: HMAC-SHA-256 of its UTF-8 under the salt's bytes. */
export interface PasswordHash {
  readonly salt: string;
  readonly hash: string;
}

const SPECIAL = '!@#$%^&*()_+-=';
const LENGTH_MIN = 8;
const LENGTH_MAX = 32;
const KINDS_MIN = 3;

/** The kinds of characters that there may be; at least three of them. */
const KINDS: readonly RegExp[] = [/[A-Z]/, /[a-z]/, /[0-9]/, /[!@#$%^&*()_+\-=]/];
const ALLOWED = /^[A-Za-z0-9!@#$%^&*()_+\-=]*$/;

/** What is wrong with it, without saying what it is; null: nothing. */
export function problemOfPassword(text: string): string | null {
  if (!ALLOWED.test(text)) return 'there is a character in it that is not allowed';
  if (text.length < LENGTH_MIN) return 'it is too short';
  if (text.length > LENGTH_MAX) return 'it is too long';
  const kinds = KINDS.filter((kind) => kind.test(text)).length;
  return kinds < KINDS_MIN ? 'it has too few kinds of characters' : null;
}

/** Throws the vendor's error, for an instance's own password or for that of an account. */
export function checkPassword(
  text: string,
  field: string,
  code: 'InvalidPasswordMalformed' | 'InvalidAccountPasswordFormat',
): void {
  const problem = problemOfPassword(text);
  if (problem !== null) throw new SimulatorError(code, { field, problem, special: SPECIAL });
}

/** Passwords at rest: a random salt and what HMAC-SHA-256 makes of the password under it. Nothing can be read back from them. */
import { createHmac, randomBytes } from 'node:crypto';
import type { PasswordHash } from './core/password-rules.js';

const SALT_BYTES = 16;

/** Another one each time, also for the same password. */
export function hashPassword(password: string): PasswordHash {
  const salt = randomBytes(SALT_BYTES);
  const hash = createHmac('sha256', salt).update(password, 'utf8').digest('hex');
  return { salt: salt.toString('hex'), hash };
}

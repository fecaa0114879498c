/**
 * Who may log in. Passwords are compared here, and Redis is told others: its
 * own derive from a secret of the simulator's, so that nobody gets to a
 * backend past its endpoint.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { LoginTry } from './login-commands.js';
import type { BackendLogin, Login, PasswordHash } from './endpoint-spec.js';

/** Whose default login has no password: what Redis says to one nevertheless (acl.c, authCommand). */
export const NO_PASSWORD_SET =
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?';

/** `wrong`: name or password, which of them is not told. */
export type Verdict = BackendLogin | 'wrong' | 'no password set';

const DEFAULT = 'default';
/** Compared with where there is no such name, so that it takes as long. */
const NOBODY: PasswordHash = { salt: '00'.repeat(16), hash: '00'.repeat(32) };

export class Logins {
  readonly #logins = new Map<string, Login>();

  constructor(
    logins: readonly Login[],
    private readonly unasked: BackendLogin | null,
  ) {
    for (const login of logins) {
      for (const name of login.names) this.#logins.set(name, login);
    }
  }

  verdictOf({ name, password }: LoginTry): Verdict {
    return name ? this.#byName(name, password) : this.#byPassword(password);
  }

  /** `AUTH password` of the default login, and the vendor's `AUTH name:password` (help page "Logon methods"). */
  #byPassword(given: Buffer): Verdict {
    const login = this.#logins.get(DEFAULT);
    if (login?.password && isPassword(given, login.password)) return login.backend;
    const colon = given.indexOf(':');
    const verdict =
      colon < 0 ? 'wrong' : this.#byName(given.subarray(0, colon), given.subarray(colon + 1));
    if (verdict !== 'wrong') return verdict;
    return this.unasked && !login?.password ? 'no password set' : 'wrong';
  }

  /** `AUTH name password`, also within HELLO. */
  #byName(name: Buffer, password: Buffer): Verdict {
    const login = this.#logins.get(name.toString());
    // As Redis: a user without a password takes any (acl.c, ACLCheckUserCredentials).
    if (login && !login.password && this.unasked) return login.backend;
    const isRight = isPassword(password, login?.password ?? NOBODY);
    return login?.password && isRight ? login.backend : 'wrong';
  }
}

function isPassword(given: Buffer, { salt, hash }: PasswordHash): boolean {
  const found = createHmac('sha256', Buffer.from(salt, 'hex')).update(given).digest();
  const wanted = Buffer.from(hash, 'hex');
  return wanted.length === found.length && timingSafeEqual(found, wanted);
}

/**
 * AUTH and HELLO as clients say them, and as Redis is told them: with the name
 * and the password of the backend in place of the client's. A wrong one is
 * wrong for Redis too, so that the order of replies is Redis' own.
 */
import { randomBytes } from 'node:crypto';
import type { BackendLogin } from './endpoint-spec.js';

/** An AUTH or HELLO that tries to log in. */
export interface LoginCommand {
  readonly tries: readonly LoginTry[];
  /** The same command with what Redis is to be told: for each try one login, for those that do not count a wrong one. */
  toldAs(logins: readonly BackendLogin[]): Buffer;
}

export interface LoginTry {
  /** null: the name was left out, or stands before a colon in the password. */
  readonly name: Buffer | null;
  readonly password: Buffer;
}

/** Nobody has this name, so no password is right for it, not even where Redis takes any. */
export const WRONG_LOGIN: BackendLogin = {
  username: `nobody-${randomBytes(12).toString('hex')}`,
  password: 'wrong',
};

const AUTH = Buffer.from('AUTH');
/** Of one HELLO; further ones are wrong without a look. */
const TRIES_MAX = 10;

/** The command of these arguments; null where nobody tries to log in, or where Redis answers with a complaint. */
export function loginCommandOf(args: readonly Buffer[]): LoginCommand | null {
  return isWord(args[0], 'AUTH') ? authOf(args) : helloOf(args);
}

/** acl.c, authCommand: `AUTH password`, `AUTH name password`; more is a syntax error. */
function authOf(args: readonly Buffer[]): LoginCommand | null {
  const [, first, second] = args;
  if (!first || args.length > 3) return null;
  return {
    tries: [{ name: second ? first : null, password: second ?? first }],
    toldAs: ([login = WRONG_LOGIN]) => commandOf([AUTH, login.username, login.password]),
  };
}

/**
 * networking.c, helloCommand: `HELLO [version [AUTH name password] [SETNAME name]]`.
 * Redis 7.0 logs in at each AUTH and goes on, later ones at the last, and what
 * follows may be wrong: so every one of them is told, up to the first mistake.
 */
function helloOf(args: readonly Buffer[]): LoginCommand | null {
  // Of another version, Redis says so and logs nobody in; what is told is wrong all the same.
  const isVersion = /^[23]$/.test(args[1]?.toString('latin1') ?? '');
  const places: number[] = [];
  for (let at = 2; at < args.length; at += 1) {
    const left = args.length - 1 - at;
    if (isWord(args[at], 'AUTH') && left >= 2) {
      places.push(at + 1);
      at += 2;
    } else if (isWord(args[at], 'SETNAME') && left >= 1) at += 1;
    else break;
  }
  if (places.length === 0) return null;
  return {
    tries: places.slice(0, isVersion ? TRIES_MAX : 0).map((at) => ({
      name: args[at] as Buffer,
      password: args[at + 1] as Buffer,
    })),
    toldAs(logins) {
      const told: (Buffer | string)[] = [...args];
      places.forEach((at, i) => {
        const { username, password } = logins[i] ?? WRONG_LOGIN;
        told.splice(at, 2, username, password);
      });
      return commandOf(told);
    },
  };
}

function isWord(argument: Buffer | undefined, word: string): boolean {
  // C compares up to a zero byte.
  return argument?.toString('latin1').split('\0', 1)[0]?.toUpperCase() === word;
}

/** A command in RESP. */
export function commandOf(args: readonly (Buffer | string)[]): Buffer {
  const parts = args.flatMap((arg) => [
    Buffer.from(`$${String(Buffer.byteLength(arg))}\r\n`),
    Buffer.from(arg),
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([Buffer.from(`*${String(args.length)}\r\n`), ...parts]);
}

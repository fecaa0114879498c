/**
 * AUTH and HELLO as clients say them, and as Redis is told them: with the name
 * and the password of the backend in place of the client's. A wrong one is
 * wrong for Redis too, so that the order of replies is Redis' own.
 */
import { randomBytes } from 'node:crypto';
import type { BackendLogin } from './endpoint-spec.js';

/** One try to log in. */
export interface LoginTry {
  /** null: the name was left out, or stands before a colon in the password. */
  readonly name: Buffer | null;
  readonly password: Buffer;
  /** The same command with what Redis is to be told. */
  toldAs(login: BackendLogin): Buffer;
}

/** Nobody has this name, so no password is right for it, not even where Redis takes any. */
export const WRONG_LOGIN: BackendLogin = {
  username: `nobody-${randomBytes(12).toString('hex')}`,
  password: 'wrong',
};

const AUTH = Buffer.from('AUTH');

/** The try in the arguments of an AUTH or HELLO; null where there is none, or where Redis answers with a complaint. */
export function loginTryOf(args: readonly Buffer[]): LoginTry | null {
  return isWord(args[0], 'AUTH') ? tryOfAuth(args) : tryOfHello(args);
}

/** acl.c, authCommand: `AUTH password`, `AUTH name password`; more is a syntax error. */
function tryOfAuth(args: readonly Buffer[]): LoginTry | null {
  const [, first, second] = args;
  if (!first || args.length > 3) return null;
  return {
    name: second ? first : null,
    password: second ?? first,
    toldAs: ({ username, password }) => commandOf([AUTH, username, password]),
  };
}

/** networking.c, helloCommand: `HELLO [version [AUTH name password] [SETNAME name]]`; the last AUTH counts. */
function tryOfHello(args: readonly Buffer[]): LoginTry | null {
  let found = -1;
  for (let at = 2; at < args.length; at += 1) {
    const left = args.length - 1 - at;
    if (isWord(args[at], 'AUTH') && left >= 2) {
      found = at;
      at += 2;
    } else if (isWord(args[at], 'SETNAME') && left >= 1) at += 1;
    else return null;
  }
  const [name, password] = [args[found + 1], args[found + 2]];
  if (found < 0 || !name || !password) return null;
  return {
    name,
    password,
    toldAs: (login) =>
      commandOf([
        ...args.slice(0, found + 1),
        login.username,
        login.password,
        ...args.slice(found + 3),
      ]),
  };
}

function isWord(argument: Buffer | undefined, word: string): boolean {
  return argument?.length === word.length && argument.toString('latin1').toUpperCase() === word;
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

/**
 * Refused commands are refused by Redis too: in their place goes a command that
 * Redis does not know, and Redis' complaint is replaced by our error line. So
 * the order of replies is Redis' own, a transaction is spoilt as it should be,
 * and CLIENT REPLY, pushes and subscriptions need no bookkeeping.
 *
 * The unknown command's name tells which line is meant, and Redis quotes it:
 *
 *   SET k v            ─▶  refused-5f0c…-1   ─▶ Redis
 *   -NOWRITE You can't ◀─  -ERR unknown command 'refused-5f0c…-1', with args … ◀─
 *
 * The names cannot be guessed, so nobody else's errors are taken for ours.
 */
import { randomBytes } from 'node:crypto';
import type { Words } from './endpoint-spec.js';

/** networking.c and server.c, shared.noreplicaserr: Redis itself refuses the write (min-replicas-to-write). */
const NO_REPLICAS = 'NOREPLICAS Not enough good replicas to write.';

/** acl.c, authCommand. */
const WRONG_PASSWORD = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';

/** server.c, shared.noautherr. */
const NOT_LOGGED_IN = '-NOAUTH Authentication required.\r\n';

const PREFIX = `refused-${randomBytes(12).toString('hex')}-`;
const QUOTED = new RegExp(`^-ERR unknown command .${PREFIX}(\\d+).`);

/** Follows a RESET, so that its own complaint tells where the answer to our AUTH stands. */
const MARK = `${PREFIX}mark`;
export const MARK_COMMAND = commandOf(MARK);

const lines: string[] = [];
const commands = new Map<string, Buffer>();

/** The command that stands for an error line. There are as many as there are different lines: some dozens. */
export function refusalCommand(line: string): Buffer {
  const known = commands.get(line);
  if (known) return known;
  const name = `${PREFIX}${String(lines.push(line) - 1)}`;
  const command = commandOf(name);
  commands.set(line, command);
  return command;
}

/** Redis' complaint about MARK_COMMAND. */
export function isMark(fromRedis: Buffer): boolean {
  return fromRedis.includes(MARK);
}

/** The line that the client shall see for one of Redis', or null where Redis' own stands. Error lines end in CRLF. */
export function refusalLine(
  fromRedis: Buffer,
  words: Words,
  backendRefusal: string,
): Buffer | null {
  // Both begin with a word that ordinary errors hardly ever begin with.
  if (fromRedis.length < 20) return null;
  const text = fromRedis.toString('latin1');
  const number = QUOTED.exec(text)?.[1];
  if (number !== undefined) {
    const line = lines[Number(number)];
    return line === undefined ? null : errorLine(line);
  }
  if (text === WRONG_PASSWORD) return errorLine(words.wrongPassword);
  if (text === NOT_LOGGED_IN) return errorLine(words.notLoggedIn);
  if (!text.includes(NO_REPLICAS)) return null;
  return Buffer.from(
    text.replace(NO_REPLICAS, () => Buffer.from(onOneLine(backendRefusal)).toString('latin1')),
    'latin1',
  );
}

export function errorLine(text: string): Buffer {
  return Buffer.from(`-${onOneLine(text)}\r\n`);
}

/** Documented for a backend that is down (help page "Common errors"). */
export const TEMPORARY_FAILURE = errorLine('ERR redis temporary failure');

/** As Redis writes it: no line end within an error, or a reply could be split in two. */
function onOneLine(text: string): string {
  return text.replace(/[\r\n]/g, ' ');
}

function commandOf(name: string): Buffer {
  return Buffer.from(`*1\r\n$${String(name.length)}\r\n${name}\r\n`);
}

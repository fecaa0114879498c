/** May this command pass, and if not, with which words: ordered checks, the first one that objects decides. */
import type { CommandEntry } from './command-table.js';
import type { Access } from './endpoint-spec.js';

/** What a client may do that is not logged in; null: it is. */
type LoginRefusal = string | null;

type Check = (entry: CommandEntry, access: Access, login: LoginRefusal) => string | null;

/** What they run may read: Redis refuses writes in them by itself, and knows no state that refuses reads. */
const RUNS_OTHERS: ReadonlySet<string> = new Set(['eval', 'evalsha', 'fcall']);

/** As Redis orders them (server.c, processCommand): what is not open, who is nobody, then what the instance's state forbids. */
const CHECKS: readonly Check[] = [
  (entry) => entry.notOpen,
  (entry, _, login) => (entry.row.noAuth ? null : login),
  (entry, access) => (entry.row.write ? access.writes : null),
  (entry, access) => (entry.row.read || RUNS_OTHERS.has(entry.row.name) ? access.reads : null),
];

/**
 * The error line, or null to pass. What Redis does not know, and what has a
 * wrong number of arguments, passes: Redis objects to that before anything else.
 */
export function refusalOf(
  entry: CommandEntry | undefined,
  argumentCount: number,
  access: Access,
  login: LoginRefusal = null,
): string | null {
  if (!entry) return null;
  if (entry.notOpen === null && !hasArity(entry.row.arity, argumentCount)) return null;
  for (const check of CHECKS) {
    const line = check(entry, access, login);
    if (line !== null) return line;
  }
  return null;
}

function hasArity(arity: number, argumentCount: number): boolean {
  return arity >= 0 ? argumentCount === arity : argumentCount >= -arity;
}

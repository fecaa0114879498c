/** The commands of a Redis, which it told as one text. */
import type { CommandRow, CommandText } from '../../src/server/index.js';

/** Subcommands are within their containers. */
export function rowsIn(commands: CommandText): readonly CommandRow[] {
  return JSON.parse(commands) as CommandRow[];
}

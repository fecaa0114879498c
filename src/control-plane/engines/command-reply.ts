/** What Redis says of its commands: its reply to COMMAND. */
import type { CommandRow, CommandText } from '../../server/index.js';

/** As the data plane takes it: the same of each Redis that has the same commands, whose order is another one in each process. */
export function commandTextOf(reply: unknown): CommandText {
  return JSON.stringify(commandRowsOf(reply));
}

/** Name, arity, flags, first key, last key, step, ACL categories, tips, key specs, subcommands. */
function commandRowsOf(reply: unknown): CommandRow[] {
  if (!Array.isArray(reply)) return [];
  const rows = reply.filter(Array.isArray).map((row: unknown[]) => {
    const flags = (Array.isArray(row[2]) ? row[2] : []).map(String);
    return {
      name: String(row[0]).toLowerCase(),
      arity: Number(row[1]),
      write: flags.includes('write'),
      read: flags.includes('readonly'),
      noAuth: flags.includes('no_auth'),
      subcommands: commandRowsOf(row[9]),
    };
  });
  return rows.sort((one, other) => (one.name < other.name ? -1 : 1));
}

/**
 * Commands that are not open to customers, in whatever state (clause 3.1.3.9:
 * no change of the system configuration), by command profile.
 *
 * The vendor has no list for today's standard instances. There are three that
 * disagree: "Commands not supported" of 2018; that of the current proxy of
 * cluster instances; and the commands that `#no_loose_disabled-commands` cannot
 * name, because a standard instance does not have them anyway. Taken is what
 * administers the server and is on any of them, with these exceptions:
 * - COMMAND and ROLE were not open in 2018; the current page has them, and client libraries need them.
 * - CONFIG RESETSTAT was opened by kernel 0.4.0 (2021), and is not open at the current proxy: not open here.
 * - What a proxy cannot do because its clients share connections (CLIENT ID, CLIENT TRACKING, CLIENT REPLY,
 *   RESET, BITFIELD_RO and others) is open, as it is on standard instances.
 */
import type { Instance } from './world.js';

/** By lower-case name, `config|set` for a subcommand; a container stands for all its subcommands. */
const ADMINISTRATION = [
  'acl',
  'bgrewriteaof',
  'bgsave',
  'client|no-evict',
  // It holds up the control plane's own commands too, and with them a freeze.
  'client|pause',
  'client|unpause',
  'config|set',
  'config|rewrite',
  'config|resetstat',
  'debug',
  'failover',
  'lastsave',
  'latency',
  'migrate',
  'module',
  'pfdebug',
  'pfselftest',
  'psync',
  'replconf',
  'replicaof',
  'restore-asking',
  'save',
  // In its synchronous form it holds Redis up as long as the client likes.
  'script|debug',
  'shutdown',
  'slaveof',
  'sync',
] as const;

interface CommandProfile {
  readonly notOpen: readonly string[];
  /** For people: what this choice means. */
  readonly description: string;
}

export const COMMAND_PROFILES = {
  apsaradb: {
    notOpen: ADMINISTRATION,
    description: 'as the vendor has it: administration commands are not open',
  },
  open: {
    notOpen: [],
    description:
      "every command goes to Redis: a client can undo a freeze, take the backend away, and see and change the backend's own accounts",
  },
} as const satisfies Record<string, CommandProfile>;

export type CommandProfileName = keyof typeof COMMAND_PROFILES;
export const DEFAULT_COMMAND_PROFILE: CommandProfileName = 'apsaradb';

/** The parameter by which customers close commands themselves, by comma. */
export const DISABLED_COMMANDS = '#no_loose_disabled-commands';

/** By lower-case name, the documented words: those of an unknown command, and those of one that was disabled. */
export function notOpenOf(instance: Instance): Readonly<Record<string, string>> {
  const disabled = (instance.parameters[DISABLED_COMMANDS] ?? '').split(',').filter(Boolean);
  return Object.fromEntries([
    ...disabled.map((name) => [name, `ERR command '${name}' not support for your account`]),
    ...COMMAND_PROFILES[instance.commandProfile].notOpen.map((name) => [
      name,
      `ERR unknown command '${name.replace('|', ' ')}'`,
    ]),
  ]) as Readonly<Record<string, string>>;
}

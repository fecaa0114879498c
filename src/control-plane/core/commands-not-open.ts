/**
 * Administration commands that are not open to customers (clause 3.1.3.9; the
 * vendor's list "Commands not supported", and for CONFIG SET and ACL its later
 * one). Here they are those by which a client could undo what the control
 * plane decided, or take the backend away. Refused in every state.
 */
const NAMES = [
  'acl',
  'bgrewriteaof',
  'bgsave',
  // It holds up the control plane's own commands too, and with them a freeze.
  'client|pause',
  'config|set',
  'config|rewrite',
  'config|resetstat',
  'debug',
  'failover',
  'migrate',
  'module',
  'psync',
  'replconf',
  'replicaof',
  'save',
  'shutdown',
  'slaveof',
  'sync',
] as const;

/** By lower-case name, the documented words (facts: `ERR unknown command 'xxx'`). A container stands for all its subcommands. */
export const NOT_OPEN: Readonly<Record<string, string>> = Object.fromEntries(
  NAMES.map((name) => [name, `ERR unknown command '${name.replace('|', ' ')}'`]),
);

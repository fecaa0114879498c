/** Which commands may change data, so that nobody takes data for unchanged that is not. */
import type { CommandRow } from './endpoint-spec.js';

/**
 * Not writes by their flags: what is inside counts (scripts, transactions), what comes in from elsewhere, or what is
 * done to Redis itself. CONFIG SET may lower `maxmemory`, and evict.
 */
const MAY_WRITE: ReadonlySet<string> = new Set(
  `eval evalsha fcall exec debug replicaof slaveof psync sync failover shutdown module|load module|loadex
  module|unload config|set`.split(/\s+/),
);

export function mayWrite({ name, write }: CommandRow): boolean {
  return write || MAY_WRITE.has(name.toLowerCase());
}

/** The names that a machine has for itself, as they stand in URLs. */
export const LOOPBACK_NAMES: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** An address of IPv6 may stand in brackets, as in a URL, or without. */
export function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.includes(host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);
}

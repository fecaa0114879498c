/** From where clients may come: addresses and CIDR ranges, IPv4 and IPv6. */
import { BlockList, isIPv6 } from 'node:net';

/** What an IPv4 client looks like to a listener on an IPv6 address. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

export class Whitelist {
  readonly #ranges = new BlockList();

  /** What is neither an address nor a range allows nobody: the control plane has checked them. */
  constructor(readonly entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', prefix] = entry.split('/');
      const family = isIPv6(address) ? 'ipv6' : 'ipv4';
      if (prefix === undefined) this.#ranges.addAddress(address, family);
      else this.#ranges.addSubnet(address, Number(prefix), family);
    }
  }

  /** @param address as plainAddress gives it */
  allows(address: string): boolean {
    return this.#ranges.check(address, isIPv6(address) ? 'ipv6' : 'ipv4');
  }
}

/** IPv4 as IPv4, however the socket says it. */
export function plainAddress(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}

/** From where clients may come: addresses and CIDR ranges, IPv4 and IPv6. */
import { BlockList, isIPv6 } from 'node:net';

/** What an IPv4 client looks like to a listener on an IPv6 address. */
const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

type Family = 'ipv4' | 'ipv6';

export class Whitelist {
  /** One for each family: in one, `::/64` would have all of IPv4 in it, as mapped addresses. */
  readonly #ranges = { ipv4: new BlockList(), ipv6: new BlockList() };

  /** What is neither an address nor a range allows nobody: the control plane has checked them. */
  constructor(readonly entries: readonly string[]) {
    for (const entry of entries) {
      const [address = '', prefix] = entry.split('/');
      const family = familyOf(address);
      if (prefix === undefined) this.#ranges[family].addAddress(address, family);
      else this.#ranges[family].addSubnet(address, Number(prefix), family);
    }
  }

  /** @param address as plainAddress gives it */
  allows(address: string): boolean {
    const family = familyOf(address);
    return this.#ranges[family].check(address, family);
  }
}

function familyOf(address: string): Family {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

/** IPv4 as IPv4, however the socket says it. */
export function plainAddress(address: string): string {
  return MAPPED.exec(address)?.[1] ?? address;
}

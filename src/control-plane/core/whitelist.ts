/**
 * From where clients may come (vendor's ModifySecurityIps): groups of addresses
 * and ranges. What is in any group may connect.
 */
import type { Draft } from './draft.js';
import { SimulatorError } from './errors.js';
import { changeableInstance } from './instance-changes.js';
import { parseIpRange, type IpRange } from './ip-range.js';

export interface SecurityIpGroup {
  readonly name: string;
  readonly addresses: readonly string[];
}

export const MODIFY_MODES = ['Cover', 'Append', 'Delete'] as const;
export type ModifyMode = (typeof MODIFY_MODES)[number];

export const DEFAULT_GROUP = 'default';
/**
 * Who is let in where nobody said anything: this machine. The vendor's default
 * is 127.0.0.1 alone, with which nobody can connect to a real instance.
 */
export const DEFAULT_SECURITY_IPS = '127.0.0.0/8,::1';
/** Of one instance, in all its groups (vendor's page ModifySecurityIps). */
const ADDRESSES_MAX = 1000;

/** Addresses and ranges by comma, each once. Throws InvalidSecurityIPListFormat. */
export function parseSecurityIps(text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.every((part) => part === '')) throw notPossible('', 'there is none');
  return [...new Map(parts.map((part) => [rangeOf(part).key, rangeOf(part).text])).values()];
}

export function whitelistOf(addresses: readonly string[]): readonly SecurityIpGroup[] {
  return [{ name: DEFAULT_GROUP, addresses }];
}

/** Throws SecurityIPListQuotaExceeded. */
export function checkQuota(id: string, groups: readonly SecurityIpGroup[]): void {
  const count = groups.reduce((sum, { addresses }) => sum + addresses.length, 0);
  if (count <= ADDRESSES_MAX) return;
  const details = { id, count: String(count), limit: String(ADDRESSES_MAX) };
  throw new SimulatorError('SecurityIPListQuotaExceeded', details);
}

export interface WhitelistRequest {
  readonly group: string;
  readonly mode: ModifyMode;
  readonly addresses: readonly string[];
}

/** Throws IncorrectDBInstanceState, and what the vendor refuses a change of a whitelist with. */
export function modifySecurityIps(draft: Draft, id: string, request: WhitelistRequest): void {
  const instance = changeableInstance(draft, id, 'ModifySecurityIps');
  const { group, mode } = request;
  if (!/^[a-z][a-z0-9_]{0,30}[a-z0-9]$/.test(group)) {
    throw new SimulatorError('InvalidGroupNameFormat', { group });
  }
  const before = instance.whitelist.find(({ name }) => name === group)?.addresses ?? [];
  const addresses = CHANGES[mode](before, request, id);
  const changed = { name: group, addresses };
  const isNew = !instance.whitelist.some(({ name }) => name === group);
  const groups = isNew
    ? [...instance.whitelist, changed]
    : instance.whitelist.map((one) => (one.name === group ? changed : one));
  // One that was emptied is gone, but for the default one, which is never empty.
  const whitelist = groups.filter((one) => one.addresses.length > 0);
  checkQuota(id, whitelist);
  draft.put({ instance: { ...instance, whitelist } });
  const shown = addresses.length > 10 ? `${String(addresses.length)} of them` : addresses.join(',');
  draft.event({
    type: 'whitelist-changed',
    accountId: instance.accountId,
    instanceId: id,
    text: `whitelist of ${id}, group ${group}: ${shown || 'none any more'}`,
    data: { group, mode, addresses: String(addresses.length) },
  });
}

type Change = (
  before: readonly string[],
  request: WhitelistRequest,
  id: string,
) => readonly string[];

const CHANGES: Readonly<Record<ModifyMode, Change>> = {
  Cover: (_, { addresses }) => addresses,
  Append: (before, { group, addresses }, id) => {
    const has = new Set(before.map(keyOf));
    const address = addresses.find((one) => has.has(keyOf(one)));
    if (address === undefined) return [...before, ...addresses];
    throw new SimulatorError('SecurityIPListDuplicate', { id, group, address });
  },
  Delete: (before, { group, addresses }, id) => {
    const has = new Set(before.map(keyOf));
    const known = before.join(',') || 'nothing';
    const missing = addresses.find((one) => !has.has(keyOf(one)));
    if (missing !== undefined) {
      const problem = `does not have "${missing}"`;
      throw new SimulatorError('InvalidSecurityIPListNotFound', { id, group, problem, known });
    }
    const gone = new Set(addresses.map(keyOf));
    const left = before.filter((one) => !gone.has(keyOf(one)));
    if (left.length > 0 || group !== DEFAULT_GROUP) return left;
    const problem = 'needs at least one address';
    throw new SimulatorError('InvalidSecurityIPListNotFound', { id, group, problem, known });
  },
};

function keyOf(address: string): string {
  return rangeOf(address).key;
}

function rangeOf(text: string): IpRange {
  const range = parseIpRange(text);
  if (range === null) throw notPossible(text, 'it is neither an address nor a range');
  // "CIDR prefix 1 to 32; 0.0.0.0/0 allows all": 10.0.0.0/0 is a slip, and would let everybody in.
  const isSlip =
    range.key.endsWith('/0') && parseIpRange(text.replace(/\/.*$/, ''))?.text !== zeroOf(range);
  if (isSlip) throw notPossible(text, `it is everything: write ${range.text} if that is meant`);
  return range;
}

function zeroOf(range: IpRange): string {
  return range.text.replace(/\/.*$/, '');
}

function notPossible(address: string, problem: string): SimulatorError {
  return new SimulatorError('InvalidSecurityIPListFormat', { address, problem });
}

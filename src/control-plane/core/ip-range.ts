/**
 * Addresses and CIDR ranges as text, IPv4 and IPv6 (RFC 4291, 4632). No zones:
 * a whitelist knows no interfaces. Ranges of the same addresses have the same
 * key, however they are written.
 */

export interface IpRange {
  /** How it is written best: lower case, without the bits behind the prefix. */
  readonly text: string;
  /** The same for the same addresses. */
  readonly key: string;
}

const V4_GROUPS = 4;
const V6_GROUPS = 8;

/** Null where it is none. */
export function parseIpRange(text: string): IpRange | null {
  const [address = '', prefix, more] = text.trim().toLowerCase().split('/');
  if (more !== undefined) return null;
  const v4 = v4GroupsOf(address);
  const groups = v4 ?? v6GroupsOf(address);
  if (groups === null) return null;
  const bitsPerGroup = v4 ? 8 : 16;
  const bitsMax = groups.length * bitsPerGroup;
  if (prefix !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefix)) return null;
  const bits = prefix === undefined ? bitsMax : Number(prefix);
  if (bits > bitsMax) return null;
  const masked = groups.map((group, at) => group & maskOf(bits - at * bitsPerGroup, bitsPerGroup));
  const start = v4 ? masked.join('.') : v6TextOf(masked);
  const range = bits === bitsMax ? start : `${start}/${String(bits)}`;
  return { text: range, key: `${v4 ? 'v4' : 'v6'} ${masked.join('.')}/${String(bits)}` };
}

/** The first `bits` of a group of `width`, as many as there are. */
function maskOf(bits: number, width: number): number {
  const ones = Math.max(0, Math.min(width, bits));
  const all = 2 ** width - 1;
  return all - (2 ** (width - ones) - 1);
}

function v4GroupsOf(text: string): number[] | null {
  const parts = text.split('.');
  // "010" is eight to some programs and ten to others, so it is neither here.
  if (parts.length !== V4_GROUPS || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part))) {
    return null;
  }
  const groups = parts.map(Number);
  return groups.every((group) => group <= 255) ? groups : null;
}

function v6GroupsOf(text: string): number[] | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const [head, tail] = halves.map((half, at) => halfOf(half, at === halves.length - 1));
  if (head === undefined || head === null || tail === null) return null;
  if (tail === undefined) return head.length === V6_GROUPS ? head : null;
  const left = V6_GROUPS - head.length - tail.length;
  // "::" stands for at least one group.
  return left < 1 ? null : [...head, ...Array<number>(left).fill(0), ...tail];
}

/** Groups between colons; the last ones may be written as an IPv4 address. */
function halfOf(half: string, isLast: boolean): number[] | null {
  if (half === '') return [];
  const parts = half.split(':');
  const v4 = isLast ? v4GroupsOf(parts.at(-1) ?? '') : null;
  if (v4) parts.pop();
  if (!parts.every((part) => /^[0-9a-f]{1,4}$/.test(part))) return null;
  const groups = parts.map((part) => Number.parseInt(part, 16));
  const [a = 0, b = 0, c = 0, d = 0] = v4 ?? [];
  return v4 ? [...groups, a * 256 + b, c * 256 + d] : groups;
}

/** Shortest: the first of the longest runs of zeros is "::" (RFC 5952). */
function v6TextOf(groups: readonly number[]): string {
  let [start, length] = [0, 0];
  for (let i = 0; i < groups.length; i += 1) {
    let end = i;
    while (groups[end] === 0) end += 1;
    if (end - i > length) [start, length] = [i, end - i];
  }
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

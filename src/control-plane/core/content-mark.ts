/** A short mark of what something says, for ids that stand for their content: the same in whatever order it was written. */
export function contentMark(value: unknown): string {
  return markOf(
    JSON.stringify(sorted(value), (_, one: unknown) =>
      typeof one === 'bigint' ? String(one) : one,
    ),
  );
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const rows = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(rows.map(([name, one]) => [name, sorted(one)]));
}

/** FNV-1a over the UTF-16 units, twice with different beginnings: 64 bits in base 36. Not for secrets: it tells apart. */
function markOf(text: string): string {
  const halves = [0x811c9dc5, 0x01000193].map((begin) => {
    let hash = begin;
    for (let i = 0; i < text.length; i += 1) {
      hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
    }
    return hash.toString(36);
  });
  return halves.join('');
}

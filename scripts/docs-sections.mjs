/** Pages of Markdown in sections: each with its heading, and what stands below it up to the next of its level or above. */

export function linesOf(page) {
  return page.split('\n');
}

/**
 * The page with one section of that level for each of `all`, in their order. `body` gets the lines that stand there now,
 * none where it is new. Sections of the level that are nobody's go, but with `keepOthers`. Headings of higher levels stay
 * before the section before which they stand.
 */
export function inSections(page, level, all, { heading, body, keepOthers = false }) {
  const parts = partsOf(page, level);
  const before = new Map(
    parts.flatMap((part) => (part.heading === null ? [] : [[part.heading, part.lines]])),
  );
  const wanted = new Map(all.map((one) => [heading(one), one]));
  const written = (name) => [`${level}${name}`, ...body(wanted.get(name), before.get(name) ?? [])];
  const names = [...wanted.keys()];
  const out = [];
  const done = new Set();
  /** Those that are new stand behind the one that comes before them. */
  const writeWithFollowers = (name) => {
    out.push(...written(name));
    done.add(name);
    for (const next of names.slice(names.indexOf(name) + 1)) {
      if (before.has(next) || done.has(next)) break;
      out.push(...written(next));
      done.add(next);
    }
  };
  for (const part of parts) {
    if (part.heading === null) out.push(...part.lines);
    else if (wanted.has(part.heading)) writeWithFollowers(part.heading);
    else if (keepOthers) out.push(`${level}${part.heading}`, ...part.lines);
  }
  for (const name of names) if (!done.has(name)) out.push(...written(name));
  return out.join('\n');
}

/** The lines with one table in place of the one that is there; at the end where there is none, and none where it has no rows. */
export function withTable(lines, titles, rows) {
  const first = lines.findIndex((line) => line.startsWith('|'));
  const rest = lines.slice(first);
  const length = rest.findIndex((line) => !line.startsWith('|'));
  const [head, tail] =
    first < 0 ? [lines, []] : [lines.slice(0, first), length < 0 ? [] : rest.slice(length)];
  if (rows.length === 0) return [...head, ...tail];
  const rule = titles.map(() => '---');
  const table = [titles, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return [...head, '', ...table, '', ...tail];
}

/** Sections of the level, and what stands outside of any (`heading` null): text before, and headings of higher levels with theirs. */
function partsOf(page, level) {
  const parts = [{ heading: null, lines: [] }];
  let isCode = false;
  for (const line of linesOf(page)) {
    if (line.startsWith('```')) isCode = !isCode;
    const depth = isCode ? undefined : /^(#+ )/.exec(line)?.[1];
    if (depth === level) parts.push({ heading: line.slice(level.length), lines: [] });
    else if (depth !== undefined && depth.length < level.length)
      parts.push({ heading: null, lines: [line] });
    else parts.at(-1).lines.push(line);
  }
  return parts;
}

/**
 * Splits an inline command into its arguments as Redis does (sds.c,
 * sdssplitargs): blanks separate, double quotes take escapes, single quotes
 * take only \'. Returns null where Redis answers "unbalanced quotes".
 */
export function inlineArguments(line: Buffer): Buffer[] | null {
  // latin1 keeps every byte as one character.
  const text = line.toString('latin1').replace(/\r$/, '');
  const found: Buffer[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isBlank(text[at])) at += 1;
    if (at >= text.length || text[at] === '\0') return found;
    const argument = readArgument(text, at);
    if (!argument) return null;
    found.push(Buffer.from(argument.value, 'latin1'));
    at = argument.next;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

/** Without quotes, Redis does not end an argument at \v and \f, though it skips them between arguments. */
const ENDS_ARGUMENT = /[ \t\n\r]/;

function readArgument(text: string, start: number): { value: string; next: number } | null {
  let value = '';
  let quote = '';
  for (let at = start; ; at += 1) {
    const char = text[at];
    if (char === undefined || (char === '\0' && quote === '')) {
      return quote === '' ? { value, next: at } : null;
    }
    if (quote === '') {
      if (ENDS_ARGUMENT.test(char)) return { value, next: at };
      if (char === '"' || char === "'") quote = char;
      else value += char;
    } else if (char === quote) {
      // A closing quote ends the argument, or the line is unbalanced.
      const after = text[at + 1];
      return after === undefined || isBlank(after) ? { value, next: at + 1 } : null;
    } else if (char === '\\' && quote === '"') {
      const hex = /^x([0-9a-fA-F]{2})/.exec(text.slice(at + 1, at + 4))?.[1];
      const next = text[at + 1];
      if (hex) {
        value += String.fromCharCode(parseInt(hex, 16));
        at += 3;
      } else if (next !== undefined) {
        value += ESCAPES[next] ?? next;
        at += 1;
      } else return null;
    } else if (char === '\\' && text[at + 1] === "'") {
      value += "'";
      at += 1;
    } else value += char;
  }
}

function isBlank(char: string | undefined): boolean {
  return char !== undefined && /[ \t\n\r\v\f]/.test(char);
}

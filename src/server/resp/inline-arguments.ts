/**
 * Splits an inline command into its arguments as Redis does (sds.c,
 * sdssplitargs): blanks separate, double quotes take escapes, single quotes
 * take only \'. Returns null where Redis answers "unbalanced quotes".
 *
 * A line may have 80 KB, and everybody else waits while it is read: what has no
 * meaning of its own is taken in runs, not byte by byte.
 */
export function inlineArguments(line: Buffer): Buffer[] | null {
  // latin1 keeps every byte as one character.
  const whole = line.toString('latin1').replace(/\r$/, '');
  // Redis reads it as a C string.
  const end = whole.indexOf('\0');
  const text = end === -1 ? whole : whole.slice(0, end);
  const found: Buffer[] = [];
  let at = 0;
  for (;;) {
    at = endOf(BLANKS, text, at);
    if (at >= text.length) return found;
    const argument = readArgument(text, at);
    if (!argument) return null;
    found.push(Buffer.from(argument.value, 'latin1'));
    at = argument.next;
  }
}

type Quote = '' | '"' | "'";

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

const BLANKS = /[ \t\n\r\v\f]*/y;
const HEX = /x([0-9a-fA-F]{2})/y;
/** What stands for itself. Without quotes, Redis does not end an argument at \v and \f, though it skips them between arguments. */
const PLAIN: Readonly<Record<Quote, RegExp>> = {
  '': /[^ \t\n\r"']*/y,
  '"': /[^"\\]*/y,
  "'": /[^'\\]*/y,
};

function readArgument(text: string, start: number): { value: string; next: number } | null {
  let value = '';
  let quote: Quote = '';
  let at = start;
  for (;;) {
    const plainEnd = endOf(PLAIN[quote], text, at);
    if (plainEnd > at) value += text.slice(at, plainEnd);
    at = plainEnd;
    const char = text[at];
    if (quote === '') {
      if (char !== '"' && char !== "'") return { value, next: at };
      quote = char;
      at += 1;
      continue;
    }
    const next = text[at + 1];
    if (char === quote) {
      // A closing quote ends the argument, or the line is unbalanced.
      return next === undefined || isBlank(next) ? { value, next: at + 1 } : null;
    }
    if (next === undefined) return null;
    if (quote === "'") {
      value += next === "'" ? next : '\\';
      at += next === "'" ? 2 : 1;
    } else if (endOf(HEX, text, at + 1) > at + 1) {
      value += String.fromCharCode(parseInt(text.slice(at + 2, at + 4), 16));
      at += 4;
    } else {
      value += ESCAPES[next] ?? next;
      at += 2;
    }
  }
}

/** Where what the pattern takes ends; `at` where it takes nothing. */
function endOf(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

function isBlank(char: string): boolean {
  return endOf(BLANKS, char, 0) > 0;
}

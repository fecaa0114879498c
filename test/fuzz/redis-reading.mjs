// How Redis reads what a client sends, written down a second time and as plainly as its own source (networking.c,
// processInputBuffer; sds.c, sdssplitargs): slow, whole, and independent of the framer that it is compared with.

const LINE_BYTES_MAX = 64 * 1024;
const COUNT_MAX = 2_147_483_647;
export const BULK_BYTES_MAX = 512 * 1024 * 1024;

/**
 * The commands in `bytes`, and how they end: an error of Redis, or `whole`, `unfinished`; `doomed` is a header that
 * is wrong already though its line has no end yet, `stuck` a line with a zero byte, in which Redis never finds the end.
 */
export function readAsRedis(bytes) {
  const text = bytes.toString('latin1');
  const commands = [];
  let at = 0;
  while (at < text.length) {
    const one = text[at] === '*' ? readMultibulk(text, at) : readInline(text, at);
    if (one.end) return { commands, end: one.end, oversized: one.oversized ?? false };
    if (one.args.length > 0) commands.push(one.args);
    at = one.next;
  }
  return { commands, end: 'whole', oversized: false };
}

function readMultibulk(text, start) {
  const count = readHeader(text, start, '*');
  if (count.end) return count;
  if (count.value === null || count.value > COUNT_MAX) return { end: 'invalid multibulk length' };
  const args = [];
  let at = count.next;
  for (let i = 0; i < count.value; i += 1) {
    if (at >= text.length) return { end: 'unfinished' };
    const length = readHeader(text, at, '$');
    if (length.end) return length;
    if (text[at] !== '$') return { end: `expected '$', got '${text[at]}'` };
    const { value } = length;
    if (value === null || value < 0) return { end: 'invalid bulk length' };
    if (value > BULK_BYTES_MAX) return { end: 'invalid bulk length', oversized: true };
    if (text.length - length.next < value + 2) return { end: 'unfinished' };
    args.push(text.slice(length.next, length.next + value));
    at = length.next + value + 2;
  }
  return { args, next: at };
}

/** `value` is null where there is no number. The byte after CR is waited for, and not looked at. */
function readHeader(text, at, type) {
  const lineEnd = strchr(text, at, '\r');
  if (lineEnd === -1 || lineEnd + 1 >= text.length) {
    if (lineEnd === -1 && text.length - at > LINE_BYTES_MAX) return { end: 'too big' };
    const begun = text.slice(at + 1);
    const isFine = text[at] === type && /^(-|0|-?[1-9][0-9]{0,18})?\r?$/.test(begun);
    return { end: isFine && !/^-?\r/.test(begun) ? 'unfinished' : 'doomed' };
  }
  const digits = text.slice(at + 1, lineEnd);
  // Below zero, Redis takes what has 64 bits and complains of less. It sees those bytes as they are, so the framer
  // need not, up to the length of header that it reads.
  const isSmall = digits.startsWith('-') ? digits.length <= 30 : Number.isSafeInteger(+digits);
  const isNumber = /^(0|-?[1-9][0-9]*)$/.test(digits) && isSmall;
  return { value: isNumber ? Number(digits) : null, next: lineEnd + 2 };
}

function readInline(text, start) {
  const lineEnd = strchr(text, start, '\n');
  if (lineEnd === -1) {
    if (text.length - start > LINE_BYTES_MAX) return { end: 'too big' };
    return { end: text.indexOf('\0', start) === -1 ? 'unfinished' : 'stuck' };
  }
  const last = lineEnd > start && text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd;
  const args = splitArguments(text.slice(start, last));
  return args ? { args, next: lineEnd + 1 } : { end: 'unbalanced quotes in request' };
}

function strchr(text, from, char) {
  const found = text.indexOf(char, from);
  const zero = text.indexOf('\0', from);
  return zero !== -1 && zero < found ? -1 : found;
}

const isSpace = (char) => char !== undefined && ' \t\n\r\v\f'.includes(char);
const ESCAPES = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };

function splitArguments(line) {
  const args = [];
  let p = 0;
  for (;;) {
    while (isSpace(line[p])) p += 1;
    if (p >= line.length) return args;
    let current = '';
    let quote = '';
    for (let done = false; !done; p += 1) {
      const char = line[p];
      if (quote === '"' && char === '\\' && /^x[0-9a-f]{2}$/i.test(line.slice(p + 1, p + 4))) {
        current += String.fromCharCode(parseInt(line.slice(p + 2, p + 4), 16));
        p += 3;
      } else if (quote === '"' && char === '\\' && p + 1 < line.length) {
        p += 1;
        current += ESCAPES[line[p]] ?? line[p];
      } else if (quote === "'" && char === '\\' && line[p + 1] === "'") {
        p += 1;
        current += "'";
      } else if (quote !== '') {
        if (char === undefined) return null;
        if (char === quote) {
          if (p + 1 < line.length && !isSpace(line[p + 1])) return null;
          done = true;
        } else current += char;
      } else if (char === undefined || ' \n\r\t'.includes(char)) {
        done = true;
        if (char === undefined) p -= 1;
      } else if (char === '"' || char === "'") quote = char;
      else current += char;
    }
    args.push(current);
  }
}

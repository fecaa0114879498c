/** Builds replies as Redis writes them, independently of what reads them. Text is UTF-8. */

export const simple = (text: string): string => `+${text}\r\n`;
export const error = (text: string): string => `-${text}\r\n`;
export const integer = (value: number): string => `:${String(value)}\r\n`;
export const bulk = (text: string): string => `$${length(text)}\r\n${text}\r\n`;
export const verbatim = (format: string, text: string): string =>
  `=${length(`${format}:${text}`)}\r\n${format}:${text}\r\n`;
export const array = (...items: readonly string[]): string => aggregate('*', items);
export const push = (...items: readonly string[]): string => aggregate('>', items);
export const map = (...keysAndValues: readonly string[]): string =>
  `%${String(keysAndValues.length / 2)}\r\n${keysAndValues.join('')}`;

function aggregate(type: string, items: readonly string[]): string {
  return `${type}${String(items.length)}\r\n${items.join('')}`;
}

function length(text: string): string {
  return String(Buffer.byteLength(text));
}

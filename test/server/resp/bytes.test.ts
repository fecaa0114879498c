import { describe, expect, test } from 'vitest';
import { INCOMPLETE, MALFORMED, readHeader } from '../../../src/server/resp/bytes.js';

function read(text: string, typeAt = 0): number | { value: number; next: number } {
  const header = { value: 0, next: 0 };
  const result = readHeader(Buffer.from(text, 'latin1'), typeAt, header);
  return result === 0 ? header : result;
}

describe('a header line', () => {
  test.each([
    ['*0\r\n', 0],
    ['*3\r\n', 3],
    ['$-1\r\n', -1],
    ['*-10\r\n', -10],
    ['$536870912\r\n', 536_870_912],
    ['*3000000000\r\n', 3_000_000_000],
  ])('%j says %i', (text, value) => {
    expect(read(text)).toEqual({ value, next: text.length });
    expect(read(`abc${text}rest`, 3)).toEqual({ value, next: text.length + 3 });
  });

  test('is not whole before the byte behind CR has come, whatever has come before', () => {
    for (const text of ['*12\r\n', '$-7\r\n', '*0\r\n']) {
      for (let i = 1; i < text.length; i += 1) expect(read(text.slice(0, i))).toBe(INCOMPLETE);
    }
  });

  test('takes any byte behind CR for the line end, as Redis does', () => {
    expect(read('*1\rX')).toEqual({ value: 1, next: 4 });
  });

  test.each([
    '*\r\n',
    '*-\r\n',
    '*-0\r\n',
    '*00\r\n',
    '*01\r\n',
    '*-01\r\n',
    '*+1\r\n',
    '* 1\r\n',
    '*1 \r\n',
    '*1x\r\n',
    '*x\r\n',
    '*1\n',
    '*0x1\r\n',
    '*1.0\r\n',
    '*--1\r\n',
    '$9007199254740993\r\n',
    `*${'1'.repeat(40)}`,
  ])('%j is none', (text) => {
    expect(read(text)).toBe(MALFORMED);
  });

  test('with a number below all that count exactly is a negative one all the same', () => {
    const header = { value: 0, next: 0 };
    expect(readHeader(Buffer.from('*-99999999999999999\r\n'), 0, header)).toBe(0);
    expect(header.value).toBeLessThan(0);
    expect(header.next).toBe(21);
  });
});

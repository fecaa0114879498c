/** Which server reads what was written by which. */
import { expect, test } from 'vitest';
import { readsRdb, versionsReadBy } from '../../src/control-plane/core/rdb-versions.js';

test.each([
  ['Redis 7.0', 10, 'what Redis 6.2 wrote', 9, true],
  ['Redis 7.0', 10, 'what it wrote itself', 10, true],
  ['Redis 7.0', 10, 'what Redis 7.2 or Valkey 8 wrote', 11, false],
  ['Valkey 8', 11, 'what Redis 7.4 wrote', 12, false],
  ['Redis 8.0', 12, 'what Redis 7.4 wrote', 12, true],
  ['Redis 8.0', 12, 'what Valkey 9 wrote', 80, false],
  ['Valkey 9', 80, 'what Redis 7.2 wrote', 11, true],
  ['Valkey 9', 80, 'what Redis 8.0 wrote', 12, false],
  ['Valkey 9', 80, 'what it wrote itself', 80, true],
])('%s (RDB %i) and %s (RDB %i): %s', (_, own, __, found, reads) => {
  expect(readsRdb(own, found)).toBe(reads);
});

test('what a server reads is said in words', () => {
  expect(versionsReadBy(10)).toBe('versions up to 10');
  expect(versionsReadBy(80)).toBe('versions up to 11, and 80 to 80');
});

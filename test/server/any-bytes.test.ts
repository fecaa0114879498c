/** Random, half-valid and mutated bytes at a live endpoint: Redis' own answers, and nobody else notices. */
import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { cuts, requests } from '../fuzz/bytes.mjs';
import { startLive, type Live } from '../fuzz/live.mjs';

let live: Live;
beforeAll(async () => {
  live = await startLive();
});
afterAll(() => live.stop());

test('any bytes are answered as Redis answers them, and other clients are answered meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(requests, cuts, (...given) => live.check(...given)),
    { numRuns: 300 },
  );
});

test('while frozen, any bytes are answered as by a Redis that takes no writes', async () => {
  await live.freeze();
  await fc.assert(
    fc.asyncProperty(requests, cuts, (...given) => live.check(...given)),
    { numRuns: 300 },
  );
});

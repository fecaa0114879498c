/** The fuzzer's properties of the framers (test/fuzz), for a moment: `npm run fuzz` goes on for as long as one likes. */
import fc from 'fast-check';
import { test } from 'vitest';
import { ReplyFramer } from '../../../src/server/resp/reply-framer.js';
import { RequestFramer } from '../../../src/server/resp/request-framer.js';
import { ASK_AGAIN, LOOK_INSIDE } from '../../../src/server/resp/request-sink.js';
import { cuts, longReplies, longRequests, replies, requests } from '../../fuzz/bytes.mjs';
import {
  repliesAreHeldWithinBounds,
  repliesPassAsTheyAre,
  requestsAreHeldWithinBounds,
  requestsAreReadAsRedisDoes,
  type Framers,
} from '../../fuzz/framers.mjs';

const framers: Framers = { RequestFramer, ReplyFramer, LOOK_INSIDE, ASK_AGAIN };

test('of any bytes in any pieces, Redis is sent the commands that it would have found itself', () => {
  fc.assert(
    fc.property(requests, cuts, fc.boolean(), fc.boolean(), (...given) =>
      requestsAreReadAsRedisDoes(framers, ...given),
    ),
    { numRuns: 3000 },
  );
});

test('of any bytes, no more than the longest line that Redis takes is held', () => {
  fc.assert(
    fc.property(longRequests, cuts, (...given) => requestsAreHeldWithinBounds(framers, ...given)),
    { numRuns: 200 },
  );
});

test('any replies in any pieces pass as they are, with the errors found at the same places', () => {
  fc.assert(
    fc.property(replies, cuts, fc.boolean(), (...given) => repliesPassAsTheyAre(framers, ...given)),
    { numRuns: 3000 },
  );
});

test('of any replies, no more than the longest error line is held', () => {
  fc.assert(
    fc.property(longReplies, cuts, (...given) => repliesAreHeldWithinBounds(framers, ...given)),
    { numRuns: 200 },
  );
});

import type { ReplyFramer } from '../../src/server/resp/reply-framer.js';
import type { RequestFramer } from '../../src/server/resp/request-framer.js';
import type { ASK_AGAIN, LOOK_INSIDE } from '../../src/server/resp/request-sink.js';

/** The framers of the sources, or those that were built. */
export interface Framers {
  readonly RequestFramer: typeof RequestFramer;
  readonly ReplyFramer: typeof ReplyFramer;
  readonly LOOK_INSIDE: typeof LOOK_INSIDE;
  readonly ASK_AGAIN: typeof ASK_AGAIN;
}

/** Each throws an Error that says what does not hold. */
export function requestsAreReadAsRedisDoes(
  classes: Framers,
  bytes: Buffer,
  places: readonly number[],
  refusesWrites: boolean,
  asksAgain: boolean,
): void;
export function requestsAreHeldWithinBounds(
  classes: Framers,
  bytes: Buffer,
  places: readonly number[],
): void;
export function repliesPassAsTheyAre(
  classes: Framers,
  bytes: Buffer,
  places: readonly number[],
  simpleStrings: boolean,
): void;
export function repliesAreHeldWithinBounds(
  classes: Framers,
  bytes: Buffer,
  places: readonly number[],
): void;

import type { Arbitrary } from 'fast-check';

export const requests: Arbitrary<Buffer>;
export const longRequests: Arbitrary<Buffer>;
export const replies: Arbitrary<Buffer>;
export const longReplies: Arbitrary<Buffer>;
export const cuts: Arbitrary<number[]>;
export function cutAt(bytes: Buffer, places: readonly number[]): Buffer[];
export function shown(bytes: Buffer): string;

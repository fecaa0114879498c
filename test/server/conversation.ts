/** Compares what Redis and the proxy answer to the same bytes. */
import { expect } from 'vitest';
import { nextMarker, type RawClient } from '../support/raw-client.js';
import type { ProxiedRedis } from '../support/proxied-redis.js';
import { everySplit, someSplits } from '../support/splits.js';

export interface Conversation {
  /** Redis closes the connection at its end; otherwise a PING behind it must be answered. */
  readonly closes?: boolean;
  /** Behind RESET, a client of Redis has to log in again; one of ours does not. */
  readonly direct?: Buffer;
  /** Takes out what differs by its nature. */
  readonly normalise?: (answer: string) => string;
}

const SHORT_BYTES_MAX = 200;

/** Whole and cut in two, at every place and byte by byte where it is short. */
export async function expectSame(
  proxied: ProxiedRedis,
  bytes: Buffer,
  how: Conversation = {},
): Promise<string> {
  const normalise = how.normalise ?? ((answer: string) => answer);
  const expected = normalise(
    await converse(proxied, await proxied.connectDirectly(), [how.direct ?? bytes], how.closes),
  );
  const splits = bytes.length <= SHORT_BYTES_MAX ? everySplit(bytes) : someSplits(bytes, 8);
  for (const pieces of splits) {
    const seen = normalise(await converse(proxied, await proxied.connect(), pieces, how.closes));
    if (seen !== expected) {
      expect(`${String(pieces[0]?.length)}: ${seen}`).toBe(`whole and direct: ${expected}`);
    }
  }
  return expected;
}

async function converse(
  proxied: ProxiedRedis,
  opened: RawClient,
  pieces: readonly Buffer[],
  closes = false,
): Promise<string> {
  await using client = opened;
  await proxied.redis.control.flushall();
  await client.sendPieces(pieces);
  if (closes) return (await client.takeToEnd()).toString('latin1');
  const { sent, answer } = nextMarker();
  client.send(sent);
  return (await client.takeUntil(answer)).toString('latin1').slice(0, -answer.length);
}

/** Each connection has a number of its own, which HELLO tells. */
export const withoutId = (answer: string) => answer.replace(/(\$2\r\nid\r\n):\d+/g, '$1:0');

export const all = (...commands: (Buffer | string)[]) =>
  Buffer.concat(commands.map((c) => Buffer.from(c)));

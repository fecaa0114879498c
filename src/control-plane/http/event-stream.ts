/**
 * Events as they happen (server-sent events). Read from the store page by
 * page, only as fast as the reader takes them: nothing piles up here, and a
 * reader that comes back with Last-Event-ID misses nothing.
 */
import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { viewEvent } from '../actions/views.js';
import { afterReal } from '../clock.js';
import { invalidInput } from '../core/errors.js';
import type { EventLog } from '../event-log.js';
import type { StateStore } from '../ports.js';

const PAGE = 500;
/** A comment keeps proxies from taking a quiet stream for a dead one (real ms). */
const HEARTBEAT_MS = 15_000;

export async function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  store: Pick<StateStore, 'events'>,
  events: EventLog,
): Promise<void> {
  let cursor = startOf(request);
  reply.hijack();
  const out = reply.raw;
  out.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  out.write(': events of the simulator, id is their number\n\n');
  let wake = (): void => undefined;
  const unsubscribe = events.subscribe(() => wake());
  const ended = once(out, 'close');
  try {
    while (!out.destroyed) {
      // Asked for before reading: what happens meanwhile is not slept through.
      const more = new Promise<void>((resolve) => (wake = resolve));
      const { rows } = store.events({ after: cursor, limit: PAGE });
      for (const event of rows) {
        const taken = out.write(
          `id: ${String(event.seq)}\nevent: ${event.type}\ndata: ${JSON.stringify(viewEvent(event))}\n\n`,
        );
        cursor = event.seq;
        if (!taken) await Promise.race([once(out, 'drain'), ended]);
      }
      if (rows.length > 0) continue;
      const callOff = afterReal(HEARTBEAT_MS, () => {
        out.write(': still here\n\n');
        wake();
      });
      await Promise.race([more, ended]);
      callOff();
    }
  } finally {
    unsubscribe();
    out.end();
  }
}

/** Where the reader left off: the header that browsers send when they come back, or `after`. */
function startOf(request: FastifyRequest): number {
  const { after } = request.query as { after?: string };
  const given = request.headers['last-event-id'] ?? after ?? '0';
  const start = Number(given);
  if (!Number.isSafeInteger(start) || start < 0) {
    throw invalidInput('after', given, 'is not the number of an event', 'Give 0 or a seq');
  }
  return start;
}

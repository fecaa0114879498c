/**
 * Events as they happen (server-sent events): ListEvents, read on for ever,
 * and only as fast as the reader takes them. Nothing piles up here, and a
 * reader that comes back with Last-Event-ID misses nothing.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Static } from 'typebox';
import { checkedInput, type ActionContext } from '../actions/action.js';
import { ListEvents } from '../actions/events.js';
import type { EventView } from '../actions/views.js';
import { afterReal, breathe } from '../clock.js';
import { SimulatorError } from '../core/errors.js';
import type { EventLog } from '../event-log.js';

/** At most so many events wait for a reader that does not read. */
const PAGE = 500;
/** A comment keeps proxies from taking a quiet stream for a dead one (real ms). */
const HEARTBEAT_MS = 15_000;
/** A reader that does not read holds nobody up for longer (real ms). */
const END_WITHIN_MS = 1_000;

type Query = Static<typeof ListEvents.input>;

/** Throws InvalidInput, UnknownField and InstanceNotFound before the stream begins; it ends by `closing`, or when the reader goes. */
export async function streamEvents(
  request: FastifyRequest,
  reply: FastifyReply,
  context: ActionContext,
  events: EventLog,
  closing: AbortSignal,
): Promise<void> {
  const query = queryOf(request);
  await ListEvents.run(context, query);
  reply.hijack();
  const out = reply.raw;
  let wake = (): void => undefined;
  const nudge = (): void => wake();
  const unsubscribe = events.subscribe(nudge);
  closing.addEventListener('abort', nudge);
  for (const change of ['drain', 'close', 'error']) out.on(change, nudge);
  out.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  out.write(': events of the simulator, id is their number\n\n');
  let cursor = query.after;
  try {
    while (!out.destroyed && !closing.aborted) {
      // Asked for before reading: what happens meanwhile is not slept through.
      const nudged = new Promise<void>((resolve) => (wake = resolve));
      if (!out.writableNeedDrain) {
        const page = await ListEvents.run(context, { ...query, after: cursor });
        const last = page.events.at(-1);
        if (last) {
          out.write(page.events.map(message).join(''));
          cursor = last.seq;
          continue;
        }
      }
      const callOff = afterReal(HEARTBEAT_MS, () => {
        if (!out.writableNeedDrain) out.write(': still here\n\n');
        nudge();
      });
      await nudged;
      callOff();
      await breathe(); // in an advance, events come by the thousand: not each is a reading of its own
    }
  } finally {
    unsubscribe();
    closing.removeEventListener('abort', nudge);
    await ended(out);
  }
}

/** Resolves when the reader has got all, or is given up. */
function ended(out: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const callOff = afterReal(END_WITHIN_MS, () => {
      out.destroy();
      resolve();
    });
    const over = (): void => {
      callOff();
      resolve();
    };
    if (out.destroyed) over();
    else out.once('close', over).end(over);
  });
}

function message(event: EventView): string {
  return `id: ${String(event.seq)}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

/** What happens has neither an end nor another order. */
const ONLY_OF_LISTS = ['limit', 'order'];

/** The filters of ListEvents, and where the reader left off: the header that browsers send when they come back, or `after`. */
function queryOf(request: FastifyRequest): Query {
  const query = request.query as Record<string, unknown>;
  const strange = ONLY_OF_LISTS.find((field) => query[field] !== undefined);
  if (strange !== undefined) {
    const fields = Object.keys(ListEvents.input.properties);
    const known = fields.filter((field) => !ONLY_OF_LISTS.includes(field)).join(', ');
    throw new SimulatorError('UnknownField', { field: strange, action: 'the event stream', known });
  }
  const after = request.headers['last-event-id'] ?? query.after;
  return checkedInput(ListEvents, { ...query, after, limit: PAGE }) as Query;
}

/** What an action tells that puts the clock forward: where it is, and what happened on the way. */
import { Type, type Static } from 'typebox';
import type { ActionContext } from './action.js';
import { next } from './paging.js';
import { eventView, viewEvent } from './views.js';
import { clockView, viewClock } from './clock-view.js';

/** What an advance tells of its way; the rest is read with ListEvents. */
const EVENTS_SHOWN = 1000;

export const journey = Type.Object({
  clock: clockView,
  events: Type.Array(eventView, { description: 'What happened on the way, the first 1000' }),
  next,
});

/** What `go` resolves with, and what happened meanwhile. */
export async function travelled<Told extends object>(
  { controlPlane, store }: ActionContext,
  go: () => Promise<Told>,
): Promise<Static<typeof journey> & Told> {
  const before = controlPlane.world.counters.nextEvent - 1;
  const told = await go();
  const page = store.events({ after: before, limit: EVENTS_SHOWN });
  const events = page.rows.map(viewEvent);
  return { clock: viewClock(controlPlane), events, next: page.next, ...told };
}

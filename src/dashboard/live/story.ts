/** The story page by page: what goes on in the next page is the same line. Pure. */
import type { InstanceView, StoryLineView } from '../../control-plane/actions/views.js';

/** More is for the command line. */
export const LINES_MAX = 400;

/** The lines that were there and those that came, in the order of their last events. */
export function withMore(
  lines: readonly StoryLineView[],
  more: readonly StoryLineView[],
): StoryLineView[] {
  const all = [...lines];
  for (const line of more) {
    const at = all.findLastIndex((one) => isOfSame(one, line));
    const before = all[at];
    if (before && goesOn(before, line)) {
      all.splice(at, 1);
      all.push({ ...line, count: before.count + line.count, begin: before.begin, seq: before.seq });
    } else all.push(line);
  }
  return all.slice(-LINES_MAX);
}

/** Where the next page begins. */
export function lastSeq(lines: readonly StoryLineView[]): number {
  return lines.reduce((last, { event }) => Math.max(last, event.seq), 0);
}

/** What concerns an instance: its own events, those of whoever pays, and those of all. */
export function linesOf(
  lines: readonly StoryLineView[],
  { id, accountId }: Pick<InstanceView, 'id' | 'accountId'>,
): StoryLineView[] {
  return lines.filter(({ event }) =>
    event.instanceId === null
      ? event.accountId === null || event.accountId === accountId
      : event.instanceId === id,
  );
}

function isOfSame({ event: a }: StoryLineView, { event: b }: StoryLineView): boolean {
  return a.instanceId === b.instanceId && a.accountId === b.accountId;
}

/** Only what repeats itself by itself: the hourly charge, at the same price. */
function goesOn({ event: a }: StoryLineView, { event: b }: StoryLineView): boolean {
  return a.type === 'charged' && b.type === 'charged' && a.data.amount === b.data.amount;
}

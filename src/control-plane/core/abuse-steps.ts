/**
 * What is common to all steps of the ladder: how one is written down and told, what of it the outside has to follow, and
 * the way down.
 */
import {
  isNarrowed,
  levelBelow,
  moved,
  rulesOf,
  thresholdOf,
  type Climb,
  type Level,
} from './abuse-levels.js';
import { CEILING_OF_METER } from './ceilings.js';
import type { Draft } from './draft.js';
import { formatDuration } from './duration.js';
import type { Narrowing } from './world.js';

/** Of every step but the last, which has that of its measure too. */
export const CLAUSE_ABUSE = '3.1.3.7';

/** The only way in which one is written: the instance's row has what the outside follows. */
export function putClimb(draft: Draft, climb: Climb): void {
  draft.putRecord('abuse', climb);
  const instance = draft.instance(climb.instanceId);
  const others = instance.narrowed.filter(({ climbId }) => climbId !== climb.id);
  const narrowing: Narrowing = {
    climbId: climb.id,
    meter: CEILING_OF_METER[climb.meter].narrows,
    toPercent: rulesOf(climb).excessive.narrowedTo,
  };
  const narrowed = isNarrowed(climb.level) ? [...others, narrowing] : others;
  if (JSON.stringify(narrowed) === JSON.stringify(instance.narrowed)) return;
  draft.put({ instance: { ...instance, narrowed } });
}

/** One level down. */
export function lower(draft: Draft, before: Climb, underMs: number): void {
  const to = levelBelow(before.level);
  const { level, share } = before;
  const under = level === 'fair' ? 0 : thresholdOf(before, level) - rulesOf(before).falls.under;
  const why = share === null ? 'nothing was read' : `under ${percent(under)}`;
  const fallen = { ...moved(before, to, draft.at), question: null };
  putClimb(draft, fallen);
  const words = `${why} for ${formatDuration(underMs)}`;
  tellClimb(draft, fallen, 'abuse-fell', words, { before: level, overMs: 0, underMs });
}

/**
 * The suspension that a violation led to is lifted, whoever lifted it: its meter is one level down, and what counts
 * towards another violation counts from now on. Nothing to do where the ladder did not lead to it.
 */
export function comeDown(draft: Draft, violationId: string): void {
  const found = draft.records('abuse').find((one) => one.violationId === violationId);
  if (!found) return;
  const over = { ...found.over, abusive: found.over.abusive === null ? null : draft.at };
  const at = moved({ ...found, over, violationId: null }, levelBelow(found.level), draft.at);
  // It was answered, or the vendor had its say: nobody is asked again.
  const question = found.question ?? { answerBy: draft.at, answer: null, settledAt: draft.at };
  const fallen = { ...at, question };
  putClimb(draft, fallen);
  const more = { before: found.level, overMs: 0, underMs: 0 };
  tellClimb(draft, fallen, 'abuse-fell', `${violationId} was lifted`, more);
}

interface More {
  readonly before?: Level;
  /** How long it was over the threshold that it climbed, or under the one that it fell below. */
  readonly overMs?: number;
  readonly underMs?: number;
  readonly clause?: string;
}

/** Every step carries the clause, the meter, the value, the ceiling and the time over it. */
export function tellClimb(
  draft: Draft,
  { id, instanceId, meter, level, share, ceiling, injected }: Climb,
  type: 'abuse-climbed' | 'abuse-fell' | 'abuse-answered' | 'abuse-unanswered',
  why: string,
  { before, overMs, underMs, clause = CLAUSE_ABUSE }: More = {},
): void {
  const { accountId } = draft.instance(instanceId);
  const value = share === null ? 'not read' : percent(share);
  const load = share === null ? value : `${value} of ${ceiling}`;
  draft.event({
    ...{ type, accountId, instanceId, clause },
    text: `${id}: ${meter} of ${instanceId} is ${level} (${load}): ${why}${injected ? ', injected' : ''}`,
    data: {
      ...{ abuse: id, meter, level, value, ceiling, injected: String(injected) },
      ...(before === undefined ? {} : { before }),
      ...(overMs ? { over: formatDuration(overMs) } : {}),
      ...(underMs ? { under: formatDuration(underMs) } : {}),
    },
  });
}

/** `97.3 %`. */
export function percent(share: number): string {
  return `${String(Math.round(share * 10) / 10)} %`;
}

/** Where the meters of an instance stand on the ladder of 3.1.3.7, and what would come next: for people. */
import {
  isUnanswered,
  levelAbove,
  levelBelow,
  LEVELS,
  newClimb,
  nextStepOf,
  rulesOf,
  thresholdOf,
  type Climb,
} from './abuse-levels.js';
import { percent } from './abuse-steps.js';
import { ceilingText, NO_CEILING } from './ceilings.js';
import { formatInstant } from './duration.js';
import { factsOf } from './state-facts.js';
import { ABUSE_METERS } from './terms.js';
import type { Instance, World } from './world.js';

export type AbuseStanding = Pick<
  Climb,
  'id' | 'meter' | 'level' | 'share' | 'ceiling' | 'injected'
> & { readonly next: string };

/** Each meter of the ladder; none of an instance that serves nobody. */
export function standingsOf({ records }: World, instance: Instance): AbuseStanding[] {
  if (factsOf(instance).endpoint !== 'open') return [];
  const climbs = [...(records.abuse?.values() ?? [])].filter(
    ({ instanceId }) => instanceId === instance.id,
  );
  const { id: instanceId, terms } = instance;
  return ABUSE_METERS.map((meter) => {
    const climb =
      climbs.find((one) => one.meter === meter) ?? newClimb('-', { instanceId, terms, meter }, 0);
    const { id, level, share, injected } = climb;
    const ceiling = share === null ? ceilingText(instance, meter) : climb.ceiling;
    // What has no ceiling is not read; a level that it came to before is left as any other.
    const isFree = level === 'fair' && ceiling === NO_CEILING;
    const next = isFree ? 'nothing: it has no ceiling' : nextOf(climb);
    return { id, meter, level, share, ceiling, injected, next };
  });
}

/** `excessive at 2026-…; high again under 85 % for 30m`. */
function nextOf(climb: Climb): string {
  const step = nextStepOf(climb);
  const sure = step && `${step.to} at ${formatInstant(step.at)}`;
  const silence = isUnanswered(climb)
    ? `abusive at ${formatInstant(climb.question.answerBy)} where nobody answers: abuse answer ${climb.id}`
    : null;
  const conditions = [upOf(climb), downOf(climb)].filter((one) => one?.to !== step?.to);
  const said = [sure, silence, ...conditions.map((one) => one?.words)];
  return said.filter((one) => one != null).join('; ');
}

interface Condition {
  readonly to: string;
  readonly words: string;
}

function upOf(climb: Climb): Condition | undefined {
  const to = levelAbove(climb.level);
  if (to === undefined) return undefined;
  const above = percent(thresholdOf(climb, to));
  return { to, words: `${to} above ${above} for ${rulesOf(climb)[to].after}` };
}

function downOf(climb: Climb): Condition | undefined {
  const { level } = climb;
  if (level === 'fair') return undefined;
  const to = levelBelow(level);
  const { abusive, falls } = rulesOf(climb);
  if (level === LEVELS.at(-1) && abusive.liftedBy !== 'load') {
    const by = {
      answer: `abuse answer ${climb.id}`,
      vendor: `violation lift ${climb.violationId ?? ''}`,
    };
    return { to, words: `${to} again by: ${by[abusive.liftedBy]}` };
  }
  const under = percent(thresholdOf(climb, level) - falls.under);
  return { to, words: `${to} again under ${under} for ${falls.after}` };
}

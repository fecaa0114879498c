/** What the API shows of the ladder of 3.1.3.7: where each meter stands, and what would come next. */
import { Type, type Static } from 'typebox';
import { standingsOf, type AbuseStanding } from '../core/abuse-standing.js';
import { LEVELS, type Climb } from '../core/abuse-levels.js';
import { formatInstant } from '../core/duration.js';
import { ABUSE_METERS } from '../core/terms.js';
import type { Instance, World } from '../core/world.js';
import { instant, nullable } from './view-fields.js';

const meter = Type.String({ description: ABUSE_METERS.join(', ') });
const level = Type.String({ description: LEVELS.join(', ') });
const share = nullable(
  Type.Number({ description: 'Percent of the ceiling, by the last reading; null: not known' }),
);
const ceiling = Type.String({ description: 'What the share is of' });
const injected = Type.Boolean({ description: 'Somebody said so, and nobody measured it' });
const next = Type.String({
  description: 'What comes next if the load stays so, and what else would',
});

export const standingsView = Type.Array(
  Type.Object({ meter, level, share, ceiling, injected, next }),
  { description: 'Where each meter stands on the ladder of 3.1.3.7' },
);

export function viewStandings(world: World, instance: Instance): Static<typeof standingsView> {
  return standingsOf(world, instance).map(({ meter, level, share, ceiling, injected, next }) => ({
    ...{ meter, level, share: rounded(share), ceiling, injected, next },
  }));
}

export const abuseView = Type.Object(
  {
    id: Type.String({ description: 'What other actions call it' }),
    instanceId: Type.String({ description: 'The instance that it is about' }),
    meter,
    level,
    since: instant('When it came to this level'),
    share,
    ceiling,
    readAt: instant('When that was read'),
    injected,
    answerBy: nullable(instant('Until then an answer is in time; null: nothing was asked')),
    answer: nullable(Type.String({ description: 'What the customer says' })),
    violation: nullable(Type.String({ description: 'The violation that it led to' })),
    next,
  },
  { title: 'A case of abuse' },
);
export type AbuseView = Static<typeof abuseView>;

export function viewAbuse(climb: Climb, standing: AbuseStanding | undefined): AbuseView {
  const { id, instanceId, question } = climb;
  return {
    ...{ id, instanceId, meter: climb.meter, level: climb.level },
    since: formatInstant(climb.since),
    ...{ share: rounded(climb.share), ceiling: climb.ceiling },
    ...{ readAt: formatInstant(climb.readAt), injected: climb.injected },
    answerBy: question && formatInstant(question.answerBy),
    answer: question?.answer ?? null,
    violation: climb.violationId,
    next: standing?.next ?? 'nothing',
  };
}

function rounded(share: number | null): number | null {
  return share === null ? null : Math.round(share * 10) / 10;
}

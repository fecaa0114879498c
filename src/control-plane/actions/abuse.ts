/** The ladder of clause 3.1.3.7: how hard an instance is used, what the vendor asked, and the answer. */
import { Type } from 'typebox';
import { answerAbuse } from '../core/abuse-ladder.js';
import { inOrder, type Climb } from '../core/abuse-levels.js';
import { standingsOf } from '../core/abuse-standing.js';
import type { ControlPlane } from '../control-plane.js';
import { defineAction } from './action.js';
import { abuseView, viewAbuse, type AbuseView } from './abuse-views.js';
import { caseId, decided, filter, listed, reading, words } from './cases.js';

const abuse = caseId('ab-1');

export const ListAbuse = defineAction({
  name: 'ListAbuse',
  method: 'GET',
  path: '/v1/abuse',
  summary:
    'List the meters of instances that were over a threshold of the ladder of 3.1.3.7, with the level of each.',
  cli: { command: 'abuse list' },
  input: filter,
  output: Type.Object({ abuse: Type.Array(abuseView) }),
  run(context, input) {
    const rows = inOrder(listed(context, 'abuse', input));
    return { abuse: rows.map((row) => viewed(context.controlPlane, row)) };
  },
});

export const GetAbuse = defineAction({
  name: 'GetAbuse',
  method: 'GET',
  path: '/v1/abuse/:abuse',
  summary: 'Show where a meter of an instance stands on the ladder, and what would come next.',
  cli: { command: 'abuse show', positional: ['abuse'] },
  input: Type.Object({ abuse }),
  output: abuseView,
  run({ controlPlane }, input) {
    return viewed(controlPlane, reading(controlPlane).record('abuse', input.abuse));
  },
});

export const AnswerAbuse = defineAction({
  name: 'AnswerAbuse',
  method: 'POST',
  path: '/v1/abuse/:abuse/answer',
  summary:
    'Answer as the customer: silence leads nowhere then, the time towards abusive counts anew, and a suspension that an answer ends is lifted.',
  cli: { command: 'abuse answer', positional: ['abuse'] },
  input: Type.Object({ abuse, text: words('What there is to say') }),
  output: abuseView,
  async run(context, input) {
    const row = await decided(context, 'abuse', (draft) => {
      answerAbuse(draft, input.abuse, input.text);
      return input.abuse;
    });
    return viewed(context.controlPlane, row);
  },
});

function viewed({ world }: ControlPlane, climb: Climb): AbuseView {
  const instance = world.instances.get(climb.instanceId);
  const standings = instance ? standingsOf(world, instance) : [];
  return viewAbuse(
    climb,
    standings.find(({ id }) => id === climb.id),
  );
}

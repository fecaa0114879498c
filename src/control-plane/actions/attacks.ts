/** Attacks on an instance. */
import { Type } from 'typebox';
import { ATTACK_MEASURES, endAttack, reportAttack } from '../core/attacks.js';
import { defineAction } from './action.js';
import { attackView, viewAttack } from './case-views.js';
import { caseId, decided, filter, instance, listed, reading, words } from './cases.js';
import { initially } from './initially.js';

const attack = caseId('at-1');

export const ReportAttack = defineAction({
  name: 'ReportAttack',
  method: 'POST',
  path: '/v1/instances/:instance/attacks',
  summary:
    'Report that an instance is under attack: it is suspended until that is over, or ended without a refund (7.2.4).',
  cli: { command: 'attack report', positional: ['instance'] },
  input: Type.Object({
    instance,
    about: initially(words('What kind of attack'), 'DDoS'),
    measure: initially(
      Type.Enum([...ATTACK_MEASURES], { description: 'What the vendor does' }),
      'suspend',
    ),
  }),
  output: attackView,
  async run(context, { instance: instanceId, about, measure }) {
    const row = await decided(context, 'attacks', (draft) =>
      reportAttack(draft, { instanceId, about, measure }),
    );
    return viewAttack(row);
  },
});

export const ListAttacks = defineAction({
  name: 'ListAttacks',
  method: 'GET',
  path: '/v1/attacks',
  summary: 'List the attacks.',
  cli: { command: 'attack list' },
  input: filter,
  output: Type.Object({ attacks: Type.Array(attackView) }),
  run(context, input) {
    return { attacks: listed(context, 'attacks', input).map(viewAttack) };
  },
});

export const GetAttack = defineAction({
  name: 'GetAttack',
  method: 'GET',
  path: '/v1/attacks/:attack',
  summary: 'Show an attack.',
  cli: { command: 'attack show', positional: ['attack'] },
  input: Type.Object({ attack }),
  output: attackView,
  run({ controlPlane }, input) {
    return viewAttack(reading(controlPlane).record('attacks', input.attack));
  },
});

export const EndAttack = defineAction({
  name: 'EndAttack',
  method: 'POST',
  path: '/v1/attacks/:attack/end',
  summary: 'Say that an attack is over: the suspension because of it ends.',
  cli: { command: 'attack end', positional: ['attack'] },
  input: Type.Object({ attack }),
  output: attackView,
  async run(context, input) {
    const row = await decided(context, 'attacks', (draft) => {
      endAttack(draft, input.attack);
      return input.attack;
    });
    return viewAttack(row);
  },
});

/** Why an instance is in its state: what last moved it, in words for people, and by which clause. */
import { Type, type Static } from 'typebox';
import { CLAUSE_CREATION } from '../core/decisions.js';
import type { Trigger } from '../core/lifecycle.js';
import { formatInstant } from '../core/duration.js';
import { CLAUSE_MEASURES } from '../core/violations.js';
import type { StateStore } from '../ports.js';
import { instant, nullable } from './view-fields.js';

const WORDS: Readonly<Record<Trigger, string>> = {
  created: 'it was set up',
  'creation-failed': 'it could not be set up',
  'arrears-began': 'a charge could not be met, and the account owes',
  'arrears-ended': 'what was owed is paid',
  expired: 'the time that was paid for is over',
  renewed: 'it was renewed',
  'grace-ended': 'nobody paid in the time of grace',
  'retention-ended': 'nobody paid for as long as it is kept frozen',
  released: 'its customer gave it up',
  terminated: 'the vendor ended it',
  'bin-ended': 'its time in the recycle bin is over',
  destroyed: 'its customer destroyed it',
  rebuilt: 'its data live on in another instance',
};

/** Of what was destroyed, and not by its customer. */
const DESTROYED: Readonly<Record<string, string>> = {
  [CLAUSE_MEASURES]: 'the vendor deleted it with its data',
  [CLAUSE_CREATION]: 'it could not be put into service',
};

export const whyView = nullable(
  Type.Object(
    {
      at: instant('When it came into its state'),
      text: Type.String({ description: 'What brought it there, for people' }),
      clause: nullable(Type.String({ description: 'Of the terms of service' })),
    },
    { description: 'Why it is in its state; null: it was only asked for yet' },
  ),
);
export type WhyView = Static<typeof whyView>;

export function whyOf(store: Pick<StateStore, 'events'>, instanceId: string): WhyView {
  const filter = {
    after: 0,
    limit: 1,
    order: 'desc',
    instanceId,
    types: ['state-changed'],
  } as const;
  const [event] = store.events(filter).rows;
  if (!event) return null;
  const { at, clause, data, text } = event;
  const on = data.on ?? '';
  const words: Readonly<Record<string, string>> = WORDS;
  const byClause = on === 'destroyed' ? DESTROYED[clause ?? ''] : undefined;
  return { at: formatInstant(at), text: byClause ?? words[on] ?? text, clause };
}

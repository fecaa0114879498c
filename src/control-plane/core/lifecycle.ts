/**
 * Where an instance can be and how it moves: the table is the documentation.
 * What a state *means* follows from the terms (state-facts.ts); here is only what may *happen*.
 */
import { SimulatorError } from './errors.js';

export const STATES = ['creating', 'active', 'overdue', 'frozen', 'released', 'deleted'] as const;
export type State = (typeof STATES)[number];

/** Events that move an instance. */
export const TRIGGERS = [
  'created',
  'creation-failed',
  /** The account owes: pay-as-you-go only. */
  'arrears-began',
  'arrears-ended',
  /** The term that was paid for is over: subscriptions only. */
  'expired',
  'renewed',
  'grace-ended',
  'retention-ended',
  /** Its customer gave it up. */
  'released',
  /** The vendor ended it. */
  'terminated',
  /** What was kept in the recycle bin is kept no longer. */
  'bin-ended',
  'destroyed',
  /** Its data live on in another instance. */
  'rebuilt',
] as const;
export type Trigger = (typeof TRIGGERS)[number];

export interface Transition {
  readonly from: State;
  readonly on: Trigger;
  readonly to: State;
  /** The clause of the terms of service that makes it so. */
  readonly clause: string;
  /** Where it is another one for a subscription: 7.2.3 is about post-paid services. */
  readonly prePaidClause?: string;
}

export const TRANSITIONS: readonly Transition[] = [
  { from: 'creating', on: 'created', to: 'active', clause: '7.1' },
  { from: 'creating', on: 'creation-failed', to: 'deleted', clause: '7.1' },

  { from: 'active', on: 'arrears-began', to: 'overdue', clause: '7.2.3.1' },
  { from: 'active', on: 'expired', to: 'overdue', clause: '2.2.1.2' },
  { from: 'active', on: 'released', to: 'released', clause: '7.3.1' },
  { from: 'active', on: 'terminated', to: 'released', clause: '7.2.2' },
  { from: 'active', on: 'destroyed', to: 'deleted', clause: '7.3.1' },

  { from: 'overdue', on: 'arrears-ended', to: 'active', clause: '7.2.3.1' },
  { from: 'overdue', on: 'renewed', to: 'active', clause: '2.2.1.2' },
  {
    ...{ from: 'overdue', on: 'grace-ended', to: 'frozen' },
    ...{ clause: '7.2.3.1', prePaidClause: '2.2.1.2' },
  },
  { from: 'overdue', on: 'released', to: 'released', clause: '7.3.1' },
  { from: 'overdue', on: 'terminated', to: 'released', clause: '7.2.2' },
  { from: 'overdue', on: 'destroyed', to: 'deleted', clause: '7.3.1' },

  { from: 'frozen', on: 'arrears-ended', to: 'active', clause: '7.2.3.1' },
  { from: 'frozen', on: 'renewed', to: 'active', clause: '2.2.1.2' },
  {
    ...{ from: 'frozen', on: 'retention-ended', to: 'released' },
    ...{ clause: '7.2.3.2', prePaidClause: '4.3' },
  },
  { from: 'frozen', on: 'released', to: 'released', clause: '7.3.1' },
  { from: 'frozen', on: 'terminated', to: 'released', clause: '7.2.2' },
  { from: 'frozen', on: 'destroyed', to: 'deleted', clause: '7.3.1' },

  { from: 'released', on: 'bin-ended', to: 'deleted', clause: '4.3' },
  { from: 'released', on: 'destroyed', to: 'deleted', clause: '7.3.1' },
  { from: 'released', on: 'rebuilt', to: 'deleted', clause: '4.3' },
];

/** The move that `on` makes from `from`, or undefined where it makes none. */
export function transitionOf(from: State, on: Trigger): Transition | undefined {
  return TRANSITIONS.find((row) => row.from === from && row.on === on);
}

/** The same, for a trigger that somebody asked for. Throws IllegalTransition, naming what would have been possible. */
export function requireTransition(id: string, from: State, on: Trigger): Transition {
  const transition = transitionOf(from, on);
  if (transition) return transition;
  const legal = TRANSITIONS.filter((row) => row.from === from).map((row) => row.on);
  throw new SimulatorError('IllegalTransition', {
    id,
    on,
    from,
    legal: legal.join(', ') || 'nothing',
  });
}

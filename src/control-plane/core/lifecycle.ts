/**
 * Where an instance can be and how it moves: the table is the documentation.
 * What a state *means* stands in terms.ts; here is only what may *happen*.
 */
import { SimulatorError } from './errors.js';

export const STATES = ['creating', 'active', 'overdue', 'frozen', 'deleted'] as const;
export type State = (typeof STATES)[number];

/** Events that move an instance. */
export const TRIGGERS = [
  'created',
  'creation-failed',
  'arrears-began',
  'arrears-ended',
  'grace-ended',
  'retention-ended',
  'released',
] as const;
export type Trigger = (typeof TRIGGERS)[number];

export interface Transition {
  readonly from: State;
  readonly on: Trigger;
  readonly to: State;
  /** The clause of the terms of service that makes it so. */
  readonly clause: string;
}

export const TRANSITIONS: readonly Transition[] = [
  { from: 'creating', on: 'created', to: 'active', clause: '7.1' },
  { from: 'creating', on: 'creation-failed', to: 'deleted', clause: '7.1' },

  { from: 'active', on: 'arrears-began', to: 'overdue', clause: '7.2.3.1' },
  { from: 'active', on: 'released', to: 'deleted', clause: '7.3.1' },

  { from: 'overdue', on: 'arrears-ended', to: 'active', clause: '7.2.3.1' },
  { from: 'overdue', on: 'grace-ended', to: 'frozen', clause: '7.2.3.1' },
  { from: 'overdue', on: 'released', to: 'deleted', clause: '7.3.1' },

  { from: 'frozen', on: 'arrears-ended', to: 'active', clause: '7.2.3.1' },
  { from: 'frozen', on: 'retention-ended', to: 'deleted', clause: '7.2.3.2' },
  { from: 'frozen', on: 'released', to: 'deleted', clause: '7.3.1' },
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

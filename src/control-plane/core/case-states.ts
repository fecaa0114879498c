/** What is common to cases: records that go through states of their own, and end. */
import { SimulatorError } from './errors.js';
import { STATES } from './lifecycle.js';
import type { Draft } from './draft.js';
import { factsOf } from './state-facts.js';
import type { Instance } from './world.js';

/** Throws IncorrectCaseState where the case is in none of the states that `action` needs. */
export function requireCaseState<State extends string>(
  { id, state }: { readonly id: string; readonly state: State },
  action: string,
  legal: readonly State[],
): void {
  if (legal.includes(state)) return;
  throw new SimulatorError('IncorrectCaseState', { id, state, action, legal: legal.join(' or ') });
}

/** One that is there for its clients, or would be. Throws InstanceNotFound, IncorrectDBInstanceState. */
export function instanceInService(draft: Draft, id: string, action: string): Instance {
  const instance = draft.instance(id);
  if (factsOf(instance).endpoint === 'open') return instance;
  const legal = STATES.filter((state) => factsOf({ ...instance, state }).endpoint === 'open');
  const details = { id, state: instance.state, action, legal: legal.join(' or ') };
  throw new SimulatorError('IncorrectDBInstanceState', details);
}

/** Of an account, those that are there for their clients, or would be; of all without one. */
export function instancesInService(draft: Draft, accountId?: string): Instance[] {
  const ids = [...draft.world.instances.keys()];
  return ids
    .map((id) => draft.instance(id))
    .filter((one) => accountId === undefined || one.accountId === accountId)
    .filter((one) => factsOf(one).endpoint === 'open');
}

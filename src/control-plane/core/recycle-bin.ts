/** What was released can be made into a new instance with all of its data, as long as it is kept (4.3). */
import { move } from './billing.js';
import { requestInstance, type InstanceRequest } from './decisions.js';
import { CLASS_CEILINGS } from './ceilings.js';
import type { Draft } from './draft.js';
import { requireTransition } from './lifecycle.js';
import { factsOf } from './state-facts.js';
import type { Instance, World } from './world.js';

const CLAUSE = '4.3';

/** What the new one is besides its data: of everything else it is as a new instance is (help page on the recycle bin). */
export type Rebuilt = Pick<
  InstanceRequest,
  'name' | 'password' | 'passwordFree' | 'whitelist' | 'parameters'
> & {
  /** null: that of the released one, where no other instance has it. */
  readonly port: number | null;
};

/** In the recycle bin: its data is kept, and nothing else of it. In the order of creation. */
export function releasedInstances(world: World): Instance[] {
  return [...world.instances.values()].filter((one) => factsOf(one).backend === 'down');
}

/**
 * A new instance, pay-as-you-go, of the same class and under the same terms. The released one stays in the bin until
 * the new one answers. Throws InstanceNotFound, IllegalTransition, and what requestInstance throws.
 */
export function requestRebuild(draft: Draft, id: string, wanted: Rebuilt): string {
  const released = draft.instance(id);
  requireTransition(id, released.state, 'rebuilt');
  const { accountId, instanceClass, terms, wireProfile, commandProfile, host } = released;
  const into = requestInstance(draft, {
    ...{ accountId, instanceClass, terms, wireProfile, commandProfile, host },
    ...{ chargeType: 'PostPaid', ...CLASS_CEILINGS },
    ...wanted,
    port: wanted.port ?? portOf(released, draft.world),
  });
  draft.put({ instance: { ...draft.instance(into), dataFrom: id } });
  draft.event({
    ...{ type: 'rebuild-began', accountId, instanceId: into, clause: CLAUSE },
    text: `${into} is made with the data of ${id}`,
    data: { from: id, into },
  });
  return into;
}

/** Its data is that of the new instance from now on: nothing is left of the released one but a record. */
export function completeRebuild(draft: Draft, into: string): void {
  const { dataFrom: from, accountId } = draft.instance(into);
  if (from === null) return;
  draft.put({ instance: { ...draft.instance(into), dataFrom: null } });
  move(draft, from, 'rebuilt');
  draft.event({
    ...{ type: 'instance-rebuilt', accountId, instanceId: from, clause: CLAUSE },
    text: `${from} lives on as ${into}, with all of its data`,
    data: { from, into },
  });
}

function portOf({ id, port }: Instance, world: World): number | null {
  const others = [...world.instances.values()].filter((one) => one.id !== id);
  const isTaken = others.some((one) => one.port === port && factsOf(one).endpoint !== 'closed');
  return isTaken ? null : port;
}

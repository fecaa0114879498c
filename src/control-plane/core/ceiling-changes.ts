/** Ceilings of an instance's own, in place of its class's: set by hand, switched off, or given back (3.1.3.7). */
import { forgetWithoutCeiling } from './abuse-ladder.js';
import { CEILING_NAMES, CEILINGS, ceilingOf, memoryBytesOf, type CeilingName } from './ceilings.js';
import type { UsedMemory } from './class-change.js';
import type { Draft } from './draft.js';
import { invalidInput, SimulatorError } from './errors.js';
import { changeableInstance } from './instance-changes.js';

/** In the units of CEILINGS; 0: switched off. null: the class's. */
export type WantedCeilings = Readonly<Partial<Record<CeilingName, number | null>>>;

const ACTION = 'ModifyInstanceCeilings';

/** A number in the ceiling's unit, `off`, or `class`. Throws InvalidInput. */
export function parseCeiling(name: CeilingName, given: string | number): number | null {
  if (given === 'class') return null;
  if (given === 'off') return 0;
  const { unit, least, most, whole } = CEILINGS[name];
  const value = typeof given === 'number' ? given : given.trim() === '' ? NaN : Number(given);
  if ((value === 0 || (value >= least && value <= most)) && (!whole || Number.isInteger(value))) {
    return value;
  }
  const kind = whole ? 'a whole number' : 'a number';
  const wayOut = `Give ${kind} from ${String(least)} to ${String(most)} (${unit}), off for none, or class for the class's`;
  throw invalidInput(name, given, 'is not a ceiling', wayOut);
}

/**
 * In effect at once; what is not named stays as it is. `ownsMemory`: Redis' memory is ours to bound. Throws
 * InstanceNotFound, IncorrectDBInstanceState, InstanceTypeNotSupport, TargetMemoryLessThanCurrentUsed.
 */
export function changeCeilings(
  draft: Draft,
  id: string,
  wanted: WantedCeilings,
  { used, ownsMemory }: { readonly used: UsedMemory; readonly ownsMemory: boolean },
): void {
  const before = changeableInstance(draft, id, ACTION);
  if (wanted.memory !== undefined && !ownsMemory) {
    throw new SimulatorError('InstanceTypeNotSupport', { id, name: 'memory' });
  }
  const after = { ...before, ...wanted };
  const changed = CEILING_NAMES.filter((name) => before[name] !== after[name]);
  if (changed.length === 0) return;
  const memory = memoryBytesOf(after);
  if (changed.includes('memory') && used !== null && memory !== null && used > memory) {
    throw new SimulatorError('TargetMemoryLessThanCurrentUsed', {
      ...{ id, what: 'that ceiling', memory: String(memory), used: String(used) },
    });
  }
  draft.put({ instance: after });
  forgetWithoutCeiling(draft, id);
  const said = changed.map((name): [CeilingName, string] => {
    const value = ceilingOf(after, name);
    const whose = after[name] === null ? ", the class's" : '';
    return [name, value === null ? 'off' : `${String(value)} ${CEILINGS[name].unit}${whose}`];
  });
  draft.event({
    ...{ type: 'ceilings-changed', accountId: before.accountId, instanceId: id, clause: '3.1.3.7' },
    text: `ceilings of ${id}: ${said.map((one) => one.join(' ')).join('; ')}`,
    data: Object.fromEntries(said),
  });
}

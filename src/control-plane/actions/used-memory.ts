/** How much an instance's data takes: asked before a decision that depends on it, with nothing else decided in between. */
import type { UsedMemory } from '../core/class-change.js';
import { factsOf } from '../core/state-facts.js';
import type { ControlPlane } from '../control-plane.js';

/** What decideOn asks for: nothing of no instance, or of one whose Redis is not up; the decision says what is wrong with it. */
export function usedMemoryOf(
  controlPlane: ControlPlane,
  id: string | null,
): (outside: { usedMemory(id: string): Promise<number> }) => Promise<UsedMemory> {
  return (outside) => {
    const instance = id === null ? undefined : controlPlane.world.instances.get(id);
    const isThere = instance?.createdAt != null && factsOf(instance).backend === 'up';
    return isThere ? outside.usedMemory(instance.id) : Promise.resolve(null);
  };
}

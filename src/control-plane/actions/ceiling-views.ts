/** What the API shows of ceilings. */
import { Type, type Static } from 'typebox';
import { CEILING_NAMES, CEILINGS, ceilingOf } from '../core/ceilings.js';
import type { Instance } from '../core/world.js';
import { nullable } from './view-fields.js';

export const ceilingsView = Type.Array(
  Type.Object({
    name: Type.String({ description: CEILING_NAMES.join(', ') }),
    value: nullable(Type.Number({ description: 'null: it is switched off' })),
    unit: Type.String(),
    set: Type.String({ description: 'by class, by hand, or off' }),
    narrowed: Type.Array(Type.String(), { description: 'What of it is narrowed, and to how much' }),
  }),
  { description: 'What it allows, and whether that is its class or was set by hand (3.1.3.7)' },
);
export type CeilingsView = Static<typeof ceilingsView>;

export function viewCeilings(instance: Instance): CeilingsView {
  return CEILING_NAMES.map((name) => {
    const value = ceilingOf(instance, name);
    const set = value === null ? 'off' : instance[name] === null ? 'by class' : 'by hand';
    const narrowed = instance.narrowed
      .filter(({ meter }) => meter.startsWith(name))
      .map(({ meter, toPercent, climbId }) => `${meter} to ${String(toPercent)} % (${climbId})`);
    return { name, value, unit: CEILINGS[name].unit, set, narrowed };
  });
}

/** Ceilings as they are asked for: when an instance is created, and later. */
import { Type } from 'typebox';
import { CEILINGS, type CeilingName } from '../core/ceilings.js';

/** Each one, by a function of its name: the same fields wherever ceilings are given. */
function fieldsOf<Field>(field: (name: CeilingName) => Field): Record<CeilingName, Field> {
  const names = Object.keys(CEILINGS) as CeilingName[];
  return Object.fromEntries(names.map((name) => [name, field(name)])) as Record<CeilingName, Field>;
}

/** At creation; what is left out is the class's. */
export const NEW_CEILINGS = fieldsOf((name) => {
  const { what, unit, most, whole } = CEILINGS[name];
  const range = { minimum: 0, maximum: most };
  const description = `${what}: ${unit} in place of the class's; 0: no ceiling`;
  const number = whole
    ? Type.Integer({ ...range, description })
    : Type.Number({ ...range, description });
  return Type.Optional(number);
});

/** Later; what is left out stays as it is. */
export const CHANGED_CEILINGS = fieldsOf((name) => {
  const { what, unit } = CEILINGS[name];
  const description = `${what}: a number (${unit}), off for none, or class for the class's`;
  return Type.Optional(Type.Union([Type.String(), Type.Number()], { description }));
});

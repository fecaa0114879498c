/** What an instance allows, changed while it is in service. */
import { Type } from 'typebox';
import { changeCeilings, parseCeiling, type WantedCeilings } from '../core/ceiling-changes.js';
import { CEILING_NAMES } from '../core/ceilings.js';
import { invalidInput } from '../core/errors.js';
import { defineAction } from './action.js';
import { CHANGED_CEILINGS } from './ceiling-fields.js';
import { id } from './instances.js';
import { usedMemoryOf } from './used-memory.js';
import { instanceView, viewInstance } from './views.js';

export const ModifyInstanceCeilings = defineAction({
  name: 'ModifyInstanceCeilings',
  method: 'PUT',
  path: '/v1/instances/:id/ceilings',
  summary:
    'Set ceilings of an instance by hand, switch them off, or give them back to its class (3.1.3.7). In effect at once; what is not named stays as it is.',
  cli: { command: 'instance ceilings', positional: ['id'] },
  input: Type.Object({ id, ...CHANGED_CEILINGS }),
  output: instanceView,
  async run({ controlPlane, about }, input) {
    const given = CEILING_NAMES.flatMap((name) => {
      const value = input[name];
      return value === undefined ? [] : [[name, parseCeiling(name, value)] as const];
    });
    if (given.length === 0) {
      const wayOut = `Give one of ${CEILING_NAMES.join(', ')}, or several`;
      throw invalidInput('ceilings', undefined, 'there is nothing to change', wayOut);
    }
    const wanted: WantedCeilings = Object.fromEntries(given);
    await controlPlane.decideOn(usedMemoryOf(controlPlane, input.id), (draft, used) =>
      changeCeilings(draft, input.id, wanted, { used, ownsMemory: about.ownsSettings }),
    );
    return viewInstance(controlPlane.instance(input.id), controlPlane);
  },
});

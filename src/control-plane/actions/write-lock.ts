/** A customer's own lock: reads pass, writes are refused. */
import { Type } from 'typebox';
import { LOCK_REASON_MAX, lockWrites, unlockWrites } from '../core/write-lock.js';
import { defineAction } from './action.js';
import { id } from './instances.js';
import { instanceView, viewInstance } from './views.js';

export const LockDBInstanceWrite = defineAction({
  name: 'LockDBInstanceWrite',
  method: 'POST',
  path: '/v1/instances/:id/write-lock',
  summary: 'Lock an instance: it supports only reads until it is unlocked.',
  cli: { command: 'instance lock', positional: ['id'] },
  input: Type.Object({
    id,
    lockReason: Type.String({
      ...{ minLength: 1, maxLength: LOCK_REASON_MAX },
      description: 'Why, for people',
    }),
  }),
  output: instanceView,
  async run({ controlPlane }, input) {
    const locked = await controlPlane.changeInstance(input.id, (draft) =>
      lockWrites(draft, input.id, input.lockReason),
    );
    return viewInstance(locked, controlPlane);
  },
});

export const UnlockDBInstanceWrite = defineAction({
  name: 'UnlockDBInstanceWrite',
  method: 'DELETE',
  path: '/v1/instances/:id/write-lock',
  summary: "Take the customer's lock off. What else refuses writes, such as arrears, goes on.",
  cli: { command: 'instance unlock', positional: ['id'] },
  input: Type.Object({ id }),
  output: instanceView,
  async run({ controlPlane }, input) {
    const unlocked = await controlPlane.changeInstance(input.id, (draft) =>
      unlockWrites(draft, input.id),
    );
    return viewInstance(unlocked, controlPlane);
  },
});

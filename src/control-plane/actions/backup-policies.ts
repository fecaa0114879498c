/** When instances are backed up by themselves. */
import { Type } from 'typebox';
import {
  backupDaysOf,
  backupHourOf,
  changeBackupPolicy,
  RETENTION_DAYS,
  type BackupPolicy,
} from '../core/backup-policy.js';
import { invalidInput } from '../core/errors.js';
import type { ControlPlane } from '../control-plane.js';
import { defineAction } from './action.js';
import { backupPolicyView, viewBackupPolicy } from './backup-views.js';
import { instance } from './cases.js';

function view(controlPlane: ControlPlane, id: string) {
  const { world, clock } = controlPlane;
  return viewBackupPolicy(controlPlane.instance(id), world, clock.now());
}

export const DescribeBackupPolicy = defineAction({
  name: 'DescribeBackupPolicy',
  method: 'GET',
  path: '/v1/instances/:instance/backup-policy',
  summary: 'Show when an instance is backed up by itself, and the last good backup.',
  cli: { command: 'backup policy', positional: ['instance'] },
  input: Type.Object({ instance }),
  output: backupPolicyView,
  run({ controlPlane }, input) {
    return view(controlPlane, input.instance);
  },
});

export const ModifyBackupPolicy = defineAction({
  name: 'ModifyBackupPolicy',
  method: 'PUT',
  path: '/v1/instances/:instance/backup-policy',
  summary: 'Change when an instance is backed up by itself, from the next window on.',
  cli: { command: 'backup set-policy', positional: ['instance'] },
  input: Type.Object({
    instance,
    preferredBackupTime: Type.Optional(
      Type.String({
        description: 'The window: an hour of UTC, on the hour, such as 02:00Z-03:00Z',
      }),
    ),
    preferredBackupPeriod: Type.Optional(
      Type.String({ description: 'Days of the week by comma, such as Monday,Thursday' }),
    ),
    backupRetentionPeriod: Type.Optional(
      Type.Integer({
        minimum: RETENTION_DAYS.least,
        maximum: RETENTION_DAYS.most,
        description: 'For how many days they are kept, 7 to 730',
      }),
    ),
    enabled: Type.Optional(
      Type.Enum(['on', 'off', 'by-class'], {
        description: 'Whether they are taken at all; at first as the class has it',
      }),
    ),
  }),
  output: backupPolicyView,
  async run({ controlPlane }, input) {
    const { preferredBackupTime: time, preferredBackupPeriod: days, enabled } = input;
    const wanted: Partial<BackupPolicy> = {
      ...(time === undefined ? {} : { hour: backupHourOf(time) }),
      ...(days === undefined ? {} : { days: backupDaysOf(days) }),
      ...(input.backupRetentionPeriod === undefined
        ? {}
        : { retentionDays: input.backupRetentionPeriod }),
      ...(enabled === undefined
        ? {}
        : { enabled: enabled === 'by-class' ? null : enabled === 'on' }),
    };
    if (Object.keys(wanted).length === 0) {
      const wayOut = 'Give the window, the days, the retention, or whether they are taken';
      throw invalidInput('preferredBackupTime', undefined, 'there is nothing to change', wayOut);
    }
    await controlPlane.decide((draft) => changeBackupPolicy(draft, input.instance, wanted));
    return view(controlPlane, input.instance);
  },
});

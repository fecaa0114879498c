/** Backups that go wrong on purpose: nobody guarantees them (3.1.11). */
import { Type } from 'typebox';
import {
  cancelFailure,
  FAILURE_KINDS,
  planFailure,
  type FailureKind,
} from '../core/backup-failures.js';
import { parseDuration } from '../core/duration.js';
import { invalidInput } from '../core/errors.js';
import { defineAction } from './action.js';
import { backupFailureView, viewBackupFailure } from './backup-views.js';
import { caseId, decided, filter, instance, listed } from './cases.js';
import { initially } from './initially.js';

const COUNT_MAX = 1_000_000;

export const PlanBackupFailure = defineAction({
  name: 'PlanBackupFailure',
  method: 'POST',
  path: '/v1/instances/:instance/backup-failures',
  summary:
    'Let backups of an instance go wrong: the next one, so many, or a share of all of them. Nothing else is affected, and nothing is owed for it (3.1.11).',
  cli: { command: 'backup fail', positional: ['instance'] },
  input: Type.Object({
    instance,
    kind: initially(
      Type.Enum(Object.keys(FAILURE_KINDS) as FailureKind[], { description: 'What goes wrong' }),
      'fails',
    ),
    times: Type.Optional(
      Type.Integer({ minimum: 1, maximum: COUNT_MAX, description: 'How many of the next ones; 1' }),
    ),
    rate: Type.Optional(
      Type.Number({ minimum: 0, maximum: 1, description: 'In place of that: the share, 0 to 1' }),
    ),
    seed: initially(
      Type.Integer({ minimum: 0, description: 'Of the rate: the same one gives the same story' }),
      1,
    ),
    late: Type.Optional(Type.String({ description: 'With --kind late: how late, such as 2h' })),
  }),
  output: backupFailureView,
  async run(context, input) {
    const { instance: instanceId, kind, times, rate = null, seed } = input;
    if (times !== undefined && rate !== null) {
      throw invalidInput('rate', rate, 'does not go with times', 'Give one of them');
    }
    const lateMs = input.late === undefined ? 0 : parseDuration('late', input.late);
    const left = rate === null ? (times ?? 1) : null;
    const plan = await decided(context, 'backupFailures', (draft) =>
      planFailure(draft, { instanceId, kind, lateMs, left, rate, seed }),
    );
    return viewBackupFailure(plan);
  },
});

export const ListBackupFailures = defineAction({
  name: 'ListBackupFailures',
  method: 'GET',
  path: '/v1/backup-failures',
  summary: 'List what is planned to go wrong with backups.',
  cli: { command: 'backup failures' },
  input: filter,
  output: Type.Object({ failures: Type.Array(backupFailureView) }),
  run(context, input) {
    return { failures: listed(context, 'backupFailures', input).map(viewBackupFailure) };
  },
});

export const CancelBackupFailure = defineAction({
  name: 'CancelBackupFailure',
  method: 'DELETE',
  path: '/v1/backup-failures/:failure',
  summary: 'Let backups be taken as usual again.',
  cli: { command: 'backup mend', positional: ['failure'] },
  input: Type.Object({ failure: caseId('bf-1') }),
  output: Type.Object({ cancelled: Type.String({ description: 'Its id' }) }),
  async run({ controlPlane }, input) {
    await controlPlane.decide((draft) => cancelFailure(draft, input.failure));
    return { cancelled: input.failure };
  },
});

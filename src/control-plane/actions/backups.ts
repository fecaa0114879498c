/** Copies of an instance's data. */
import { Readable } from 'node:stream';
import { Type } from 'typebox';
import { RETENTION_DAYS } from '../core/backup-policy.js';
import { KEPT_FOREVER } from '../core/backup-record.js';
import { deleteBackup } from '../core/backups.js';
import { parseInstant } from '../core/duration.js';
import { invalidInput } from '../core/errors.js';
import { backupBefore } from '../core/restoring.js';
import { defineAction, type ActionContext } from './action.js';
import { backupView, viewBackup } from './backup-views.js';
import { caseId, filter, instance, listed, reading } from './cases.js';
import { file } from './file-field.js';
import { initially } from './initially.js';
import { instanceView, viewInstance } from './views.js';

const backup = caseId('bk-1');
const backupRetentionPeriod = Type.Optional(
  Type.Integer({
    minimum: KEPT_FOREVER,
    maximum: RETENTION_DAYS.most,
    description:
      'For how many days it is kept, 7 to 730; -1: as long as its instance; by default as its policy says',
  }),
);

/** Throws InvalidInput. */
function retentionOf(days: number | undefined): number | null {
  if (days === undefined) return null;
  if (days === KEPT_FOREVER || days >= RETENTION_DAYS.least) return days;
  const wayOut = 'Give 7 to 730 days, or -1: as long as the instance';
  throw invalidInput('backupRetentionPeriod', days, 'is not possible', wayOut);
}

function view({ controlPlane }: ActionContext, id: string) {
  return viewBackup(reading(controlPlane).record('backups', id));
}

export const CreateBackup = defineAction({
  name: 'CreateBackup',
  method: 'POST',
  path: '/v1/instances/:instance/backups',
  summary: 'Take a backup now; answers when it is there. At most 30 a day, one at a time.',
  cli: { command: 'backup take', positional: ['instance'] },
  input: Type.Object({ instance, backupRetentionPeriod }),
  output: backupView,
  async run(context, input) {
    const days = retentionOf(input.backupRetentionPeriod);
    return view(context, await context.controlPlane.backups.take(input.instance, days));
  },
});

export const DescribeBackups = defineAction({
  name: 'DescribeBackups',
  method: 'GET',
  path: '/v1/backups',
  summary: 'List the backups that there are, oldest first.',
  cli: { command: 'backup list' },
  input: Type.Object({
    ...filter.properties,
    from: Type.Optional(Type.String({ description: 'Only those of this instant or later' })),
    to: Type.Optional(Type.String({ description: 'Only those of this instant or before' })),
    last: initially(
      Type.Integer({ minimum: 1, maximum: 10_000, description: 'Only so many, the newest ones' }),
      100,
    ),
  }),
  output: Type.Object({ backups: Type.Array(backupView) }),
  run(context, input) {
    const from = input.from === undefined ? -Infinity : parseInstant('from', input.from);
    const to = input.to === undefined ? Infinity : parseInstant('to', input.to);
    const rows = listed(context, 'backups', input)
      .filter(({ startedAt }) => startedAt >= from && startedAt <= to)
      .slice(-input.last);
    return { backups: rows.map(viewBackup) };
  },
});

export const DescribeBackup = defineAction({
  name: 'DescribeBackup',
  method: 'GET',
  path: '/v1/backups/:backup',
  summary: 'Show a backup.',
  cli: { command: 'backup show', positional: ['backup'] },
  input: Type.Object({ backup }),
  output: backupView,
  run(context, input) {
    return view(context, input.backup);
  },
});

export const DeleteBackup = defineAction({
  name: 'DeleteBackup',
  method: 'DELETE',
  path: '/v1/backups/:backup',
  summary: 'Delete a backup that was asked for or imported; daily ones go by themselves.',
  cli: { command: 'backup delete', positional: ['backup'] },
  input: Type.Object({ backup }),
  output: Type.Object({ deleted: Type.String({ description: 'Its id' }) }),
  async run({ controlPlane }, input) {
    await controlPlane.decide((draft) => deleteBackup(draft, input.backup));
    return { deleted: input.backup };
  },
});

export const RestoreInstance = defineAction({
  name: 'RestoreInstance',
  method: 'POST',
  path: '/v1/instances/:instance/restore',
  summary:
    'Replace all data of an instance by that of one of its backups; its clients are disconnected, and come again when it is there. What there was is backed up before.',
  cli: { command: 'backup restore', positional: ['instance', 'backup'] },
  input: Type.Object({
    instance,
    backup: Type.Optional(
      Type.String({ minLength: 1, description: 'Which one; or --restore-time' }),
    ),
    restoreTime: Type.Optional(
      Type.String({
        description: 'The newest good one of this instant or before, such as 2026-01-02T00:00:00Z',
      }),
    ),
    safetyBackup: initially(
      Type.Boolean({ description: 'Without a backup of what there is' }),
      true,
    ),
  }),
  output: instanceView,
  async run({ controlPlane }, input) {
    const id = chosenBackup(controlPlane, { ...input, of: input.instance });
    await controlPlane.backups.restore(input.instance, id, input.safetyBackup);
    return viewInstance(controlPlane.instance(input.instance), controlPlane);
  },
});

/** By its id, or by the time of its data. Throws InvalidInput, InstanceNotFound, NoBackupBefore. */
export function chosenBackup(
  controlPlane: ActionContext['controlPlane'],
  {
    backup,
    restoreTime,
    of,
  }: {
    readonly backup?: string | undefined;
    readonly restoreTime?: string | undefined;
    readonly of: string;
  },
): string {
  const wayOut = 'Name a backup, or give a time: the newest good one of then is taken';
  if ((backup === undefined) === (restoreTime === undefined)) {
    const problem = backup === undefined ? 'is missing' : 'is given, and a time as well';
    throw invalidInput('backup', backup, problem, wayOut);
  }
  if (backup !== undefined) return backup;
  const at = parseInstant('restoreTime', restoreTime ?? '');
  return backupBefore(reading(controlPlane), of, at).id;
}

export const ExportBackup = defineAction({
  name: 'ExportBackup',
  method: 'GET',
  path: '/v1/backups/:backup/file',
  summary:
    "Carry a backup out: an RDB that any Redis of its version or a newer one loads, with what is left of its keys' lives by the machine's clock.",
  cli: { command: 'backup export', positional: ['backup'] },
  input: Type.Object({ backup }),
  output: file('The RDB'),
  run({ controlPlane }, input) {
    return controlPlane.backups.export(input.backup);
  },
});

export const ImportBackup = defineAction({
  name: 'ImportBackup',
  method: 'POST',
  path: '/v1/instances/:instance/backups/file',
  summary:
    "Bring in an RDB of another Redis as a backup of an instance. What is left of its keys' lives is what is left by the machine's clock.",
  cli: { command: 'backup import', positional: ['instance', 'rdb'] },
  input: Type.Object({ instance, rdb: file('The RDB'), backupRetentionPeriod }),
  output: backupView,
  async run(context, input) {
    const days = retentionOf(input.backupRetentionPeriod);
    if (!(input.rdb instanceof Readable)) {
      throw invalidInput('rdb', undefined, 'is no stream', 'Give a Readable with the RDB in it');
    }
    const { backups } = context.controlPlane;
    return view(context, await backups.import(input.instance, input.rdb, days));
  },
});

/** A new instance that is made with the data of a backup. */
import { Type } from 'typebox';
import { invalidInput } from '../core/errors.js';
import { RECOVERABLE, type Recoverable } from '../core/restoring.js';
import type { ControlPlane } from '../control-plane.js';
import { chosenBackup } from './backups.js';

const NAMES = Object.keys(RECOVERABLE) as Recoverable[];

export const FROM_BACKUP_FIELDS = {
  fromBackup: Type.Optional(
    Type.String({ minLength: 1, description: 'With the data of this backup, such as bk-1' }),
  ),
  fromInstance: Type.Optional(
    Type.String({
      minLength: 1,
      description:
        'With the data of this instance, of --restore-time: the newest good backup of then',
    }),
  ),
  restoreTime: Type.Optional(
    Type.String({ description: 'Of which instant the data of --from-instance is wanted' }),
  ),
  recover: Type.Optional(
    Type.String({
      description: `What else of the backup's instance is wanted, by comma: ${NAMES.join(', ')}`,
    }),
  ),
};

export interface FromBackupInput {
  readonly fromBackup?: string | undefined;
  readonly fromInstance?: string | undefined;
  readonly restoreTime?: string | undefined;
  readonly recover?: string | undefined;
  readonly chargeType: string;
}

/** Its file was looked at. null: nothing of the kind is wanted. Throws InvalidInput, and what Backups.check throws. */
export async function fromBackupOf(
  controlPlane: ControlPlane,
  input: FromBackupInput,
): Promise<{ readonly backupId: string; readonly recover: readonly Recoverable[] } | null> {
  const { fromBackup, fromInstance, restoreTime } = input;
  const recover = recoveredOf(input.recover);
  if (fromBackup === undefined && fromInstance === undefined) {
    const stray = Object.entries({ restoreTime, recover: input.recover });
    const [field, value] = stray.find(([, given]) => given !== undefined) ?? [];
    if (field === undefined) return null;
    const wayOut = 'Name the backup, or the instance that it is of';
    throw invalidInput(field, value, 'goes with a backup', wayOut);
  }
  if (input.chargeType !== 'PostPaid') {
    const wayOut = 'Make it pay-as-you-go, and turn it into a subscription when it is there';
    throw invalidInput('chargeType', input.chargeType, 'does not go with a backup', wayOut);
  }
  const backupId = chosenBackup(controlPlane, {
    ...{ backup: fromBackup, restoreTime, of: fromInstance ?? '' },
  });
  await controlPlane.backups.check(backupId);
  return { backupId, recover };
}

function recoveredOf(text = ''): Recoverable[] {
  const given = text.split(',').flatMap((part) => part.trim() || []);
  const unknown = given.find((part) => !(NAMES as string[]).includes(part));
  if (unknown === undefined) return NAMES.filter((name) => given.includes(name));
  const wayOut = `Give some of ${NAMES.join(', ')}, by comma`;
  throw invalidInput('recover', text, `has "${unknown}"`, wayOut);
}

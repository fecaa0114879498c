/** The copies that there are of the data, and the way back to each. */
import type { InstanceView } from '../../control-plane/actions/views.js';
import { call } from '../api/api.js';
import { useView } from '../live/use-live.js';
import type { View } from '../live/view.js';
import { shortTime } from '../times.js';
import { many, sizeWords } from '../words.js';
import { DeedButton } from './deed-button.js';
import { Sign } from './sign.js';

type Backup = View['backups'][number];

export function Backups({ instance }: { readonly instance: InstanceView }) {
  const { backups } = useView();
  const { id, url, nextBackup } = instance;
  const isServed = url !== null;
  return (
    <section class="card" aria-labelledby="backups">
      <div class="card-head">
        <h2 id="backups">Backups</h2>
        {isServed && (
          <DeedButton doing="backing up" run={() => call('CreateBackup', { instance: id })}>
            <Sign name="box" /> Back up now
          </DeedButton>
        )}
      </div>
      {nextBackup !== null && (
        <p class="quiet">The next daily one: {shortTime(Date.parse(nextBackup))}</p>
      )}
      {backups.length === 0 ? (
        <p class="quiet">There is none yet.</p>
      ) : (
        <ol class="backups" tabIndex={0} aria-labelledby="backups">
          {[...backups].reverse().map((one) => (
            <Line key={one.id} backup={one} canRestore={isServed && one.state === 'success'} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Line({ backup, canRestore }: { readonly backup: Backup; readonly canRestore: boolean }) {
  const { id, instanceId: instance, startedAt, purpose, state, problem, keys, bytes } = backup;
  const at = shortTime(Date.parse(startedAt));
  const holds = keys === null ? state : `${many(keys, 'key')}, ${sizeWords(bytes ?? 0)}`;
  return (
    <li class="backup">
      <p>
        <strong>{at}</strong> <span class="quiet">{purpose}</span>
        <span class={`backup-holds ${problem === null ? 'quiet' : 'backup-problem'}`}>
          {problem ?? holds}
        </span>
      </p>
      {canRestore && (
        <DeedButton
          doing="restoring"
          title={`Replaces all data by that of ${at}; what there is now is backed up before`}
          run={() => call('RestoreInstance', { instance, backup: id })}
        >
          Restore <span class="unseen">that of {at}</span>
        </DeedButton>
      )}
    </li>
  );
}

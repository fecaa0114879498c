/** Where there is no instance yet. */
import { call } from '../api/api.js';
import { useView } from '../live/use-live.js';
import { DeedButton } from './deed-button.js';

export function Welcome() {
  const { phase } = useView();
  if (phase !== 'live') return null;
  return (
    <section class="card welcome middle" aria-labelledby="welcome">
      <h2 id="welcome">There is no instance yet</h2>
      <p>An instance is a Redis that somebody rents: it works as long as it is paid for.</p>
      <DeedButton
        doing="setting up"
        kind="strong"
        run={() => call('CreateInstance', { name: 'shop' })}
      >
        Set one up
      </DeedButton>
    </section>
  );
}

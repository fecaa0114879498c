/** Where there is no instance yet. */
import { call } from '../api/api.js';
import { useLive, useView } from '../live/use-live.js';

export function Welcome() {
  const live = useLive();
  const { phase, doing } = useView();
  if (phase !== 'live') return null;
  return (
    <section class="card welcome middle" aria-labelledby="welcome">
      <h2 id="welcome">There is no instance yet</h2>
      <p>An instance is a Redis that somebody rents: it works as long as it is paid for.</p>
      <button
        type="button"
        class="strong"
        disabled={doing !== null}
        onClick={() =>
          void live.act('Setting up an instance', () => call('CreateInstance', { name: 'shop' }))
        }
      >
        Set one up
      </button>
    </section>
  );
}

/** What did not work, in the simulator's own words: it names the thing, the value and the way out. */
import { useLive, useView } from '../live/use-live.js';
import { Sign } from './sign.js';

export function Problem() {
  const live = useLive();
  const { problem, clock } = useView();
  const text = problem ?? clock?.problem ?? null;
  return (
    <div role="alert" class={text === null ? '' : 'problem'}>
      {text !== null && (
        <>
          <Sign name="warn" />
          <p>{text}</p>
          {problem !== null && (
            <button type="button" class="plain" onClick={() => live.change({ problem: null })}>
              Close
            </button>
          )}
        </>
      )}
    </div>
  );
}

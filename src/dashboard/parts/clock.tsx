/** The virtual clock: where it stands, and the buttons that move it. */
import { call } from '../api/api.js';
import { useLive, useTicks, useView } from '../live/use-live.js';
import { virtualNow, type View } from '../live/view.js';
import { dateOf, timeOf } from '../times.js';
import { Sign } from './sign.js';

/** Virtual seconds for each real one. */
const RATES: readonly (readonly [rate: number, label: string])[] = [
  [0, 'stands still'],
  [1, 'real time'],
  [60, '1 minute a second'],
  [3_600, '1 hour a second'],
  [21_600, '6 hours a second'],
];
const TICK_MS = 200;

export function ClockPart() {
  useTicks(TICK_MS);
  const view = useView();
  const { clock } = view;
  if (clock === null) return null;
  const now = virtualNow(view);
  return (
    <section class="card clock" aria-labelledby="clock">
      <h2 id="clock">Simulated time</h2>
      <p class="clock-face">
        <span class="clock-date">{dateOf(now)}</span>
        <time class="clock-time" dateTime={new Date(now).toISOString()}>
          {timeOf(now)}
        </time>
      </p>
      {clock.state === 'advancing' && clock.share !== null && clock.rate === 0 ? (
        <Way share={clock.share} doing={clock.doing} />
      ) : (
        <Buttons view={view} />
      )}
    </section>
  );
}

function Buttons({ view }: { readonly view: View }) {
  const live = useLive();
  const { clock, plan, doing } = view;
  const change = plan?.changes[0];
  const advance = (by: string) => () =>
    void live.act(`Moving time by ${by}`, () => call('AdvanceClock', { by }));
  return (
    <div class="buttons">
      <button type="button" disabled={doing !== null} onClick={advance('1h')}>
        + 1 hour
      </button>
      <button type="button" disabled={doing !== null} onClick={advance('1d')}>
        + 1 day
      </button>
      <button
        type="button"
        class="strong wide"
        disabled={doing !== null || !change}
        onClick={() =>
          change && void live.act('To the next change', () => call('SetClock', { to: change.at }))
        }
      >
        <Sign name="next" /> To the next change
      </button>
      <label class="wide rate">
        <span>Time</span>
        <select
          value={String(clock?.rate ?? 0)}
          onChange={(event) => {
            const rate = Number(event.currentTarget.value);
            void live.act('Changing the pace', () =>
              rate === 0 ? call('FreezeClock') : call('RunClock', { rate }),
            );
          }}
        >
          {ratesWith(clock?.rate ?? 0).map(([rate, label]) => (
            <option key={rate} value={String(rate)}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

/** Somebody may have set another one. */
function ratesWith(rate: number): (typeof RATES)[number][] {
  const isKnown = RATES.some(([one]) => one === rate);
  return isKnown ? [...RATES] : [...RATES, [rate, `${String(rate)} seconds a second`]];
}

/** A long advance under way. */
function Way({ share, doing }: { readonly share: number; readonly doing: string | null }) {
  const live = useLive();
  return (
    <div class="way">
      <progress max={1} value={share} aria-label="How much of the way is done" />
      <p class="quiet way-doing">{doing ?? 'on the way'}</p>
      <button type="button" onClick={() => void live.act('Stopping', () => call('InterruptClock'))}>
        <Sign name="stop" /> Stop here
      </button>
    </div>
  );
}

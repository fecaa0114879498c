/** The virtual clock: where it stands, and the buttons that move it. */
import { useEffect, useState } from 'preact/hooks';
import { call } from '../api/api.js';
import { useLive, useTicks, useView } from '../live/use-live.js';
import { virtualNow, type View } from '../live/view.js';
import { dateOf, timeOf } from '../times.js';
import { DeedButton } from './deed-button.js';
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
const LONG_MS = 700;

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
      <Buttons view={view} />
      <Way view={view} />
    </section>
  );
}

function Buttons({ view }: { readonly view: View }) {
  const live = useLive();
  const { clock, selectedId } = view;
  const rate = clock?.rate ?? 0;
  return (
    <div class="buttons">
      <DeedButton doing="an hour" run={() => call('AdvanceClock', { by: '1h' })}>
        + 1 hour
      </DeedButton>
      <DeedButton doing="a day" run={() => call('AdvanceClock', { by: '1d' })}>
        + 1 day
      </DeedButton>
      {selectedId !== null && (
        <DeedButton doing="the next change" kind="strong wide" run={() => toNextChange(selectedId)}>
          <Sign name="next" /> To the next change
        </DeedButton>
      )}
      <div class="wide rate">
        <label for="rate">Time</label>
        <select
          id="rate"
          value={String(rate)}
          onChange={(event) => {
            const wanted = Number(event.currentTarget.value);
            void live.act('the pace', () =>
              wanted === 0 ? call('FreezeClock') : call('RunClock', { rate: wanted }),
            );
          }}
        >
          {ratesWith(rate).map(([one, label]) => (
            <option key={one} value={String(one)}>
              {label}
            </option>
          ))}
        </select>
      </div>
    </div>
  );
}

/** Asked for anew: what is shown may have changed a moment ago. */
async function toNextChange(id: string): Promise<void> {
  const [change] = (await call('DescribeInstancePlan', { id })).changes;
  if (change) await call('SetClock', { to: change.at });
}

/** Somebody may have set another one. */
function ratesWith(rate: number): (typeof RATES)[number][] {
  const isKnown = RATES.some(([one]) => one === rate);
  return isKnown ? [...RATES] : [...RATES, [rate, `${String(rate)} seconds a second`]];
}

/** A long advance: how far it is, and a way to end it. A short one is over before anybody reads that. */
function Way({ view }: { readonly view: View }) {
  const live = useLive();
  const { clock } = view;
  const isUnderWay = clock?.state === 'advancing' && clock.rate === 0;
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    setLong(false);
    if (!isUnderWay) return undefined;
    const timer = setTimeout(() => setLong(true), LONG_MS);
    return () => clearTimeout(timer);
  }, [isUnderWay]);
  if (!isUnderWay || !isLong) return null;
  return (
    <div class="way">
      <progress max={1} value={clock.share ?? 0} aria-label="How much of the way is done" />
      <p class="quiet way-doing">{clock.doing ?? 'on the way'}</p>
      <button type="button" onClick={() => void live.act('the end', () => call('InterruptClock'))}>
        <Sign name="stop" /> Stop here
      </button>
    </div>
  );
}

/** A live application at work: what the state of the instance does to it. */
import { useMemo } from 'preact/hooks';
import type { InstanceView } from '../../control-plane/actions/views.js';
import { call } from '../api/api.js';
import { useView } from '../live/use-live.js';
import type { Sample } from '../live/view.js';
import { Chart, type Line } from './chart.js';
import { DeedButton } from './deed-button.js';
import { Sign } from './sign.js';

const LINES: readonly Line[] = [
  { label: 'writes kept', colour: 'writes', fill: true },
  { label: 'reads answered', colour: 'reads' },
  { label: 'refused or lost', colour: 'refused', fill: true },
];
/** Two samples a second. */
const SAMPLE_S = 0.5;
const SPAN_S = 120;

export function ApplicationPart({ instance }: { readonly instance: InstanceView }) {
  const { application, samples } = useView();
  const isRunning = application?.running === true;
  const { id } = instance;
  if (application === null) return null; // not known yet
  return (
    <section class="card" aria-labelledby="application">
      <div class="card-head">
        <h2 id="application">A live application</h2>
        {isRunning && (
          <DeedButton doing="stopping" run={() => call('StopApplication', { id })}>
            <Sign name="stop" /> Stop it
          </DeedButton>
        )}
      </div>
      {isRunning ? (
        <Work samples={samples} />
      ) : (
        <>
          <p>
            A small program that counts visits in this instance: it writes and reads all the time,
            and shows what the state of the instance does to it.
          </p>
          {instance.url !== null && (
            <DeedButton doing="starting" kind="strong" run={() => call('StartApplication', { id })}>
              <Sign name="play" /> Start it
            </DeedButton>
          )}
        </>
      )}
    </section>
  );
}

function Work({ samples }: { readonly samples: readonly Sample[] }) {
  const data = useMemo(() => seriesOf(samples), [samples]);
  const last = samples.at(-1);
  if (!last) return <p class="quiet">It is starting…</p>;
  const failing = last.refusedPerSecond + last.lostPerSecond;
  return (
    <>
      <p class={`verdict ${failing > 0 ? 'verdict-bad' : 'verdict-good'}`}>
        {failing > 0 ? <Sign name="warn" /> : <Sign name="good" />} {verdictOf(last)}
        {last.refusal !== null && <code>{last.refusal}</code>}
      </p>
      <div class="figures">
        <Figure value={whole(last.writesPerSecond)} name="writes kept / s" />
        <Figure value={whole(last.readsPerSecond)} name="reads answered / s" />
        <Figure value={whole(failing)} name="refused or lost / s" isBad={failing > 0} />
        <Figure value={last.latencyMs?.toFixed(1) ?? '–'} name="ms per answer" />
        <Figure value={last.visits?.toLocaleString('en') ?? '–'} name="visits counted" />
      </div>
      <Chart
        title="Commands a second, the last two minutes"
        lines={LINES}
        data={data}
        height={170}
      />
    </>
  );
}

function verdictOf({ connected, writesPerSecond, readsPerSecond, refusedPerSecond }: Sample) {
  if (!connected) return 'It cannot connect.';
  if (refusedPerSecond === 0) return 'It reads and writes.';
  if (writesPerSecond > 0) return 'Some of what it asks is refused.';
  return readsPerSecond > 0
    ? 'It can read, but nothing it writes is kept.'
    : 'All it asks is refused.';
}

interface FigureProps {
  readonly value: string;
  readonly name: string;
  readonly isBad?: boolean;
}

function Figure({ value, name, isBad }: FigureProps) {
  return (
    <p class={`figure ${isBad ? 'figure-bad' : ''}`}>
      <span class="figure-value">{value}</span>
      <span class="figure-name">{name}</span>
    </p>
  );
}

const whole = (value: number): string => String(Math.round(value));

/** The last one is now; the axis tells seconds before it. */
function seriesOf(samples: readonly Sample[]): number[][] {
  const last = samples.at(-1)?.seq ?? 0;
  const shown = samples.filter(({ seq }) => (last - seq) * SAMPLE_S <= SPAN_S);
  return [
    shown.map((_, index) => (index - shown.length + 1) * SAMPLE_S),
    shown.map(({ writesPerSecond }) => writesPerSecond),
    shown.map(({ readsPerSecond }) => readsPerSecond),
    shown.map(({ refusedPerSecond, lostPerSecond }) => refusedPerSecond + lostPerSecond),
  ];
}

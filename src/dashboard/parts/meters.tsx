/** How hard the instance is used: each meter against what its class allows. */
import { useMemo } from 'preact/hooks';
import type { InstanceView } from '../../control-plane/actions/views.js';
import { LADDER, SHOWN_METERS, type ShownMeter } from '../live/meters.js';
import { useView } from '../live/use-live.js';
import type { View } from '../live/view.js';
import { Chart, type Line } from './chart.js';

type History = NonNullable<View['meters']>;

const LINES: readonly Line[] = [
  { label: 'measured', colour: 'meter', fill: true },
  { label: 'allowed', colour: 'ceiling' },
];

export function Meters({ instance }: { readonly instance: InstanceView }) {
  const { meters } = useView();
  if (meters?.instanceId !== instance.id || instance.url === null) return null;
  const shown = Object.keys(SHOWN_METERS) as ShownMeter[];
  return (
    <section class="card" aria-labelledby="meters">
      <h2 id="meters">How hard it is used</h2>
      <Marks history={meters} />
      {meters.points.length === 0 ? (
        <p class="quiet">Nothing was measured yet: meters are read while simulated time goes by.</p>
      ) : (
        <>
          <p class="quiet">The last day of simulated time. In red: what its class allows.</p>
          <ul class="meters">
            {shown.map((meter) => (
              <Meter key={meter} meter={meter} history={meters} instance={instance} />
            ))}
          </ul>
        </>
      )}
    </section>
  );
}

/** What of it nobody measured in earnest. */
function Marks({ history: { points } }: { readonly history: History }) {
  const marks = [
    ...(points.some(({ injected }) => injected) ? ['injected readings'] : []),
    ...(points.some(({ load }) => load) ? ['load on demand'] : []),
  ];
  if (marks.length === 0) return null;
  return <p class="quiet">With {marks.join(' and ')}.</p>;
}

interface MeterProps {
  readonly meter: ShownMeter;
  readonly history: History;
  readonly instance: InstanceView;
}

function Meter({ meter, history, instance }: MeterProps) {
  const name = SHOWN_METERS[meter];
  const unit = meter === 'TotalQps' ? '' : ' %';
  const ceiling = history.ceilings[meter] ?? null;
  const data = useMemo(
    () => [
      history.points.map(({ at }) => Date.parse(at) / 1000),
      history.points.map(({ values }) => values[meter] ?? null),
      history.points.map(() => ceiling),
    ],
    [history, meter],
  );
  const last = history.points.findLast(({ values }) => values[meter] !== undefined);
  const standing = instance.abuse.find((one) => one.meter === LADDER[meter]);
  const isOver = standing !== undefined && standing.level !== 'fair';
  return (
    <li>
      <h3>{name}</h3>
      <p class={isOver ? 'figure-bad' : ''}>
        <strong class="meter-value">
          {last === undefined ? '–' : `${short(last.values[meter] ?? 0)}${unit}`}
        </strong>{' '}
        <span class="quiet">{meter === 'TotalQps' ? `reference ${short(ceiling ?? 0)}` : ''}</span>
        {isOver && <span class="level">{standing.level}</span>}
      </p>
      <Chart title={name} lines={LINES} data={data} height={110} isVirtual isSmall />
    </li>
  );
}

const NUMBER = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const short = (value: number): string => NUMBER.format(value);

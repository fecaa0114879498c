/** A chart of lines over time, drawn by uPlot, in the colours of the page, light or dark. What it shows is told in words too. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { ROUND_STEPS_S, shortTime, spanOf } from '../times.js';

export interface Line {
  readonly label: string;
  /** A colour of styles/tokens.css: --chart-<colour>. */
  readonly colour: string;
  readonly fill?: boolean;
  /** It stays as it is until the next point. */
  readonly steps?: boolean;
}

interface ChartProps {
  /** Said to those who do not see it, with the last values. */
  readonly title: string;
  readonly lines: readonly Line[];
  /** x, then each line; null: not known. */
  readonly data: readonly (readonly (number | null)[])[];
  readonly height: number;
  /** Zero is always within sight, with a line of its own. */
  readonly zero?: boolean;
  /** x is virtual time (s since 1970); otherwise seconds before now. */
  readonly isVirtual?: boolean;
  /** One of many: no legend, and fewer words at its axes. */
  readonly isSmall?: boolean;
}

export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const { title, lines, data, height, isSmall } = props;
  useEffect(() => {
    if (!box.current) return undefined;
    const element = box.current;
    const draw = (): void => {
      plot.current?.destroy();
      const made = new uPlot(optionsOf(props, element.clientWidth), toUplot(data), element);
      plot.current = made;
    };
    draw();
    const sizes = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height }),
    );
    sizes.observe(element);
    // Colours are read when it is drawn.
    const themes = new MutationObserver(draw);
    themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
    return () => {
      sizes.disconnect();
      themes.disconnect();
      plot.current?.destroy();
    };
    // Only what the lines are makes another plot; new data goes into the one that there is.
  }, [lines, height]);
  useEffect(() => plot.current?.setData(toUplot(data)), [data]);
  return (
    <figure class="chart">
      <div ref={box} role="img" aria-label={`${title}. ${spoken(lines, data)}`} />
      {lines.length > 1 && !isSmall && (
        <figcaption class="legend" aria-hidden="true">
          {lines.map(({ label, colour }) => (
            <span key={label}>
              <i class={`swatch swatch-${colour}`} /> {label}
            </span>
          ))}
        </figcaption>
      )}
    </figure>
  );
}

function spoken(lines: readonly Line[], data: ChartProps['data']): string {
  const values = lines.map(({ label }, index) => {
    const last = data[index + 1]?.findLast((value) => value !== null);
    return `${label}: ${last === undefined || last === null ? 'nothing yet' : String(Math.round(last * 100) / 100)}`;
  });
  return values.join(', ');
}

function toUplot(data: ChartProps['data']): uPlot.AlignedData {
  return data.map((values) => [...values]) as uPlot.AlignedData;
}

function optionsOf(
  { lines, height, zero, isVirtual, isSmall }: ChartProps,
  width: number,
): uPlot.Options {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--muted'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: `12px ${colour('--font')}`,
  };
  return {
    ...{ width, height },
    padding: [8, 30, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: isVirtual ? ({ data: [times] }) => spanOf([...times]) : [-120, 0] },
      y: { range: (_, low, high) => rangeOf(low, high, zero ?? false) },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        ...(isVirtual
          ? {
              space: 100,
              incrs: ROUND_STEPS_S,
              values: (_, ticks) => ticks.map((at) => shortTime(at * 1000)),
            }
          : { splits: () => [-120, -90, -60, -30, 0], values: (_, ticks) => ticks.map(ago) }),
      },
      { ...axis, size: isSmall ? 36 : 52, space: 34, values: (_, ticks) => ticks.map(short) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour: name, fill, steps }): uPlot.Series => {
        const stroke = colour(`--chart-${name}`);
        return {
          ...{
            label,
            stroke,
            width: 2,
            points: { show: ({ data }) => data[0].length === 1 },
            spanGaps: true,
          },
          ...(fill ? { fill: colour(`--chart-${name}-fill`) } : {}),
          ...(steps ? { paths: uPlot.paths.stepped?.({ align: 1 }) ?? (() => null) } : {}),
        };
      }),
    ],
  };
}

/** From zero; with some room above. */
function rangeOf(low: number, high: number, zero: boolean): [number, number] {
  const bottom = zero ? Math.min(0, low) : 0;
  const top = Math.max(high, bottom + 1, zero ? 0 : 1);
  const room = (top - bottom) * 0.08;
  return [bottom < 0 ? bottom - room : bottom, top + room];
}

function ago(at: number): string {
  return at === 0 ? 'now' : `${String(-at)} s ago`;
}

const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const short = (value: number): string => SHORT.format(value);

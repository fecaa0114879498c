/** What the meters of the instance said, over the last day of virtual time. */
import { call } from '../api/api.js';
import type { Live } from './live.js';
import { virtualNow } from './view.js';

const EVERY_MS = 2_000;
const RANGE_MS = 24 * 60 * 60 * 1000;

/** The meters that are shown, in this order, and how they are called for people. */
export const SHOWN_METERS = {
  memoryUsage: 'Memory',
  CpuUsage: 'Processor',
  intranetInRatio: 'Data coming in',
  intranetOutRatio: 'Data going out',
  connectionUsage: 'Connections',
  TotalQps: 'Commands a second',
} as const;
export type ShownMeter = keyof typeof SHOWN_METERS;

/** Looks again and again, until the page ends. */
export async function watchMeters(live: Live, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await look(live).catch(() => undefined); // whoever follows the events says that it is lost
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
}

async function look(live: Live): Promise<void> {
  const { phase, selectedId: id } = live.view;
  if (phase !== 'live' || id === null) return;
  const meters = await call('DescribeHistoryMonitorValues', {
    id,
    meters: Object.keys(SHOWN_METERS).join(','),
    from: new Date(virtualNow(live.view) - RANGE_MS).toISOString(),
  });
  if (live.view.selectedId === id) live.change({ meters });
}

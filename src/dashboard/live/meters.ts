/** What the meters of the instance said, over the last day of virtual time. */
import { call } from '../api/api.js';
import type { Live } from './live.js';
import { virtualNow } from './view.js';

const EVERY_MS = 2_000;
/** Until there is something to show. */
const SOON_MS = 300;
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
/** How the ladder of 3.1.3.7 calls those that it watches. */
export const LADDER: Partial<Record<ShownMeter, string>> = {
  memoryUsage: 'memory',
  CpuUsage: 'cpu',
  intranetInRatio: 'bandwidthIn',
  intranetOutRatio: 'bandwidthOut',
};
export type ShownMeter = keyof typeof SHOWN_METERS;

/** Looks again and again, until the page ends. */
export async function watchMeters(live: Live, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await look(live).catch(() => undefined); // whoever follows the events says that it is lost
    const ms = live.view.meters === null ? SOON_MS : EVERY_MS;
    await new Promise((resolve) => setTimeout(resolve, ms));
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

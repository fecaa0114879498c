/** The figures of the sample application: half a second each, the last two minutes. */
import { call } from '../api/api.js';
import type { Live } from './live.js';

const EVERY_MS = 500;
/** Where none runs, one may be started from elsewhere. */
const IDLE_MS = 2_000;
export const SAMPLES_MAX = 240;

/** Looks again and again, until the page ends. */
export async function watchApplication(live: Live, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const isRunning = await look(live).catch(() => false);
    const isKnown = live.view.application !== null;
    const ms = isRunning || !isKnown ? EVERY_MS : IDLE_MS;
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

async function look(live: Live): Promise<boolean> {
  const { phase, selectedId: id, samples } = live.view;
  if (phase !== 'live' || id === null) return false;
  const application = await call('DescribeApplication', { id, after: samples.at(-1)?.seq ?? 0 });
  if (live.view.selectedId !== id) return true; // another one is looked at by now
  const kept = application.running ? live.view.samples : [];
  const all = [...kept, ...application.samples].slice(-SAMPLES_MAX);
  live.change({ application, samples: all });
  return application.running;
}

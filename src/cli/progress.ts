/** Shows where the clock is while an answer takes longer than a second, and lets Ctrl-C interrupt an advance. */
import type { ActionClient } from '../control-plane/actions/index.js';
import type { ClockView } from '../control-plane/actions/clock-view.js';
import { shownTime } from './timeline.js';

/** A line that is drawn again and again; lines, for whoever keeps them; JSON, for programs. */
export type ProgressKind = 'redrawn' | 'lines' | 'json' | 'none';

const AFTER_MS = 1_000;
const EVERY_MS: Readonly<Record<ProgressKind, number>> = {
  redrawn: 250,
  lines: 3_000,
  json: 1_000,
  none: 0,
};
const WIPE = '\r\u001b[K';

/** Shows how far `work` is, until it is done. */
export async function withProgress<T>(
  client: ActionClient,
  kind: ProgressKind,
  work: () => Promise<T>,
): Promise<T> {
  if (kind === 'none') return work();
  let isOver = false;
  let timer = setTimeout(() => void look(), AFTER_MS);
  const look = async (): Promise<void> => {
    const clock = await client.getClock().catch(() => null);
    if (isOver) return;
    if (clock) process.stderr.write(shown(clock, kind));
    timer = setTimeout(() => void look(), EVERY_MS[kind]);
  };
  try {
    return await work();
  } finally {
    isOver = true;
    clearTimeout(timer);
    if (kind === 'redrawn') process.stderr.write(WIPE);
  }
}

function shown(clock: ClockView, kind: ProgressKind): string {
  const { now, target, share, steps, doing } = clock;
  if (kind === 'json') return `${JSON.stringify({ now, target, share, steps, doing })}\n`;
  const way = target === null ? 'clock' : `${((share ?? 0) * 100).toFixed(1)} %`;
  const line = `${shownTime(now)}  ${way}${doing === null ? '' : `  ${doing}`}`;
  return kind === 'redrawn' ? `${WIPE}${line}` : `${line}\n`;
}

/** The first Ctrl-C ends the advance at its next step, and its answer is waited for; the second one leaves at once. */
export async function interruptible<T>(client: ActionClient, work: () => Promise<T>): Promise<T> {
  let isAsked = false;
  const onSignal = (): void => {
    if (isAsked) process.exit(1);
    isAsked = true;
    console.error('interrupted: the clock stops at its next step (Ctrl-C again leaves at once)');
    void client.interruptClock().catch(() => undefined); // it is the answer that counts
  };
  process.on('SIGINT', onSignal);
  try {
    return await work();
  } finally {
    process.off('SIGINT', onSignal);
  }
}

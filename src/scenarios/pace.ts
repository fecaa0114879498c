/** How fast a scenario is played: as fast as it goes, or so that people can watch. */
import type { ActionClient } from '../control-plane/actions/index.js';
import { formatInstant, type Instant } from '../control-plane/core/duration.js';

export interface Pace {
  /** Virtual milliseconds for each real one while the clock moves. */
  readonly rate: number;
  /** Between two steps (real ms), to read what was said. */
  readonly pauseMs: number;
}

/** Time moves in steps so short that it looks like running (real ms). */
const SLICE_MS = 200;

/** Puts the clock forward, at this pace; at once where there is none. What it leads to is met exactly. */
export async function moveTo(
  client: ActionClient,
  target: Instant,
  pace: Pace | null,
): Promise<void> {
  let now = Date.parse((await client.getClock()).now);
  while (now < target) {
    const slice = pace === null ? target - now : pace.rate * SLICE_MS;
    const begun = performance.now();
    const { clock } = await client.setClock({ to: formatInstant(Math.min(target, now + slice)) });
    now = Date.parse(clock.now);
    if (pace !== null) await waitReal(SLICE_MS - (performance.now() - begun));
  }
}

export function waitReal(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, ms)));
}

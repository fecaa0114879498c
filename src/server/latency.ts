/**
 * A slow network, for one direction of a session. What was read waits, and nothing more is read meanwhile: so the
 * order stays, and no more is held than one read. What arrives during such a wait waits on the kernel's side, and then
 * again as long.
 */
import { HOLD, type Flow } from './flow.js';

/** @param latencyMs more than nothing */
export function late(latencyMs: number, flow: Flow, handOn: () => void): void {
  flow.hold(HOLD.latency);
  setTimeout(() => {
    handOn();
    flow.release(HOLD.latency);
  }, latencyMs).unref();
}

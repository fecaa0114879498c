/**
 * A slow network, for one direction of a session. What was read waits, and nothing more is read meanwhile: so the
 * order stays, and no more is held than one read. What arrives during such a wait waits on the kernel's side, and then
 * again as long.
 */
import { HOLD, type Flow } from './flow.js';

/** Hands on at once where there is no latency. The end of the source may be told while what was read last still waits. */
export function late(latencyMs: number, flow: Flow, handOn: () => void): void {
  if (latencyMs === 0) {
    handOn();
    return;
  }
  flow.hold(HOLD.latency);
  setTimeout(() => {
    // What is read next comes in a later turn.
    flow.release(HOLD.latency);
    handOn();
  }, latencyMs).unref();
}

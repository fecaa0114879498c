/**
 * A slow network, for one direction of a session. What was read waits, and nothing more is read meanwhile: so the
 * order stays, and no more is held than one read. What arrives during such a wait waits on the kernel's side, and then
 * again as long.
 */
import { HOLD, type Flow } from './flow.js';

/**
 * The end of the source may be told while what was read last still waits.
 * @param latencyMs more than nothing
 */
export function late(latencyMs: number, flow: Flow, handOn: () => void): void {
  flow.hold(HOLD.latency);
  setTimeout(() => {
    // What is read next comes in a later turn.
    flow.release(HOLD.latency);
    handOn();
  }, latencyMs).unref();
}

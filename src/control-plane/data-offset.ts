/** A clock at rate 1 that is so close to the machine's (ms) is the machine's. */
const MACHINE_WITHIN_MS = 250;

/** Where data stands that is at the clock's time: what Redis keeps as `t` means the virtual time `t + offset`. After so long (ms), at this rate. */
export function offsetOf(
  clock: { now(): number; readonly rate: number },
  machineNow: number,
  afterMs = 0,
  rate = 0,
): number {
  const offset = clock.now() + afterMs * rate - (machineNow + afterMs);
  const isMachine = clock.rate === 1 && Math.abs(offset) < MACHINE_WITHIN_MS;
  return isMachine ? 0 : Math.round(offset);
}

/**
 * A moment in which nothing happens to the data of some instances: no command of a client gets to Redis, all that got
 * there before is carried out, and the data is at the clock's time. What begins in it has the data of that moment.
 */
import { afterReal } from './clock.js';
import type { DataClockParts } from './data-clock-parts.js';
import type { DataStandings } from './data-standings.js';

/** Where it takes longer to begin (an external Redis waits for more replicas, say), clients go on meanwhile (real ms). */
const HELD_MS_MAX = 1_000;

/** How it is with one instance. */
export interface StillData {
  readonly instanceId: string;
  /** What Redis keeps as `t` means the virtual time `t + offset` (ms). */
  readonly offset: number;
  /** Why its data cannot be had; null: it can. */
  readonly problem: string | null;
}

/** Resolves when `begin` does; it must not fail. For no instance time may be moving. */
export async function heldStill(
  standings: DataStandings,
  { dataPlane, clock, rate }: Pick<DataClockParts, 'dataPlane' | 'clock' | 'rate'>,
  instanceIds: readonly string[],
  begin: (all: readonly StillData[]) => Promise<void>,
): Promise<void> {
  const found = instanceIds.flatMap((id) => standings.get(id) ?? []);
  const here = found.filter(({ isUp }) => isUp);
  // Where clients may have given an expiry since somebody last looked is forgotten with the end of a shift: asked for
  // before all are held, it is known from now on.
  const { held } = await dataPlane.beginShift(
    here.map(({ instanceId, isVolatile }) => ({ instanceId, volatile: isVolatile })),
  );
  for (const one of here) one.isVolatile = held.includes(one.instanceId);
  const { failed } = await dataPlane.beginShift(
    here.map(({ instanceId }) => ({ instanceId, volatile: true })),
  );
  let isOver = false;
  const goOn = async (): Promise<void> => {
    if (isOver) return;
    isOver = true;
    const times = here.map((one) => {
      const time = one.tellTime(rate(), standings.machineTime(), clock.now());
      return { instanceId: one.instanceId, time };
    });
    await dataPlane.endShift(times);
  };
  try {
    await standings.bringAlong(here, {
      rate: rate(),
      then: async () => {
        const callOff = afterReal(HELD_MS_MAX, () => void goOn().catch(() => undefined));
        try {
          await begin(instanceIds.map(stillData));
        } finally {
          callOff();
        }
      },
    });
  } finally {
    await goOn();
  }

  function stillData(instanceId: string): StillData {
    const one = here.find((standing) => standing.instanceId === instanceId);
    const unheld = failed.find((other) => other.instanceId === instanceId);
    const problem = one
      ? (unheld?.problem ?? one.problem?.message ?? null)
      : 'its Redis does not answer';
    return { instanceId, offset: one?.offset ?? 0, problem };
  }
}

/** Ages the data of instances as far as each has to go: what is intended is saved first, and what was done afterwards. */
import { problemOf } from './core/errors.js';
import { isDone, type DataStanding } from './data-standing.js';
import { inParallel } from './in-parallel.js';
import type { Engine } from './ports.js';

/** A way as long as this is done exactly once, whatever happens; a shorter one may be done twice by a crash (ms). */
export const INTENT_FROM_MS = 1_000;
const AT_ONCE = 8;

export interface BringingAlong {
  readonly engine: Engine;
  /** Where data has to stand in so many ms from now. */
  readonly offsetAfter: (ms: number) => number;
  readonly save: (some: readonly DataStanding[]) => void;
  readonly machineTime: () => number;
  readonly log: (line: string) => void;
}

/** Those that fail have their `problem`, and do not hold up the others. */
export async function bringAlong(
  all: readonly DataStanding[],
  { engine, offsetAfter, save, machineTime, log }: BringingAlong,
): Promise<void> {
  const each = (some: readonly DataStanding[], work: (one: DataStanding) => Promise<void>) =>
    inParallel(AT_ONCE, some, (one) =>
      work(one).catch((error: unknown) => {
        const problem = `the data of ${one.instanceId} does not follow the clock: ${problemOf(error)}`;
        if (!one.isTold) log(problem);
        one.fail(error);
      }),
    );
  const able = () => all.filter(({ problem }) => problem === null);

  for (const one of all) one.begin();
  const unsettled = all.filter(({ intent }) => intent !== null);
  await each(unsettled, (one) => settle(engine, one));
  save(unsettled.filter(({ problem }) => problem === null));

  for (const one of able()) one.aimAt(offsetAfter(one.tookMs));
  const far = able().filter(({ wayMs }) => Math.abs(wayMs) >= INTENT_FROM_MS);
  await each(far, async (one) => one.intend(await engine.witness(one.instanceId)));
  save(far.filter(({ problem }) => problem === null));

  const going = able().filter(({ wayMs }) => wayMs !== 0);
  await each(going, async (one) => {
    const since = machineTime();
    const { keys, fields } = await engine.age(one.instanceId, one.wayMs);
    one.arrived(keys + fields > 0, Math.max(0, machineTime() - since));
  });
  save(going.filter(({ problem }) => problem === null));
}

/** Whether an ageing took place before we were stopped: the witness tells. */
async function settle(engine: Engine, one: DataStanding): Promise<void> {
  const { intent } = one;
  if (!intent) return;
  const { witness } = intent;
  const expiry = witness && (await engine.expiryOf(one.instanceId, witness));
  one.stand(isDone(one.offset, intent, expiry) ? intent.to : one.offset);
}

/** `--follow`: what goes on to happen, a line each, until the simulator ends. */
import { setTimeout as delay } from 'node:timers/promises';
import { connectTo, followEvents, type EventFilter } from '../client.js';
import type { ClientConfig } from '../config.js';
import { SimulatorError } from '../control-plane/core/errors.js';
import type { PointView } from '../control-plane/actions/meter-views.js';
import { FOLLOWED, pointLine } from './render-meters.js';
import { eventLine } from './timeline.js';

interface Follower {
  /** For the help of the command. */
  readonly description: string;
  /** `last` is the number of what was shown last, where something was. */
  follow(config: ClientConfig, input: object, asJson: boolean, last: number): Promise<void>;
}

/** The actions whose command can be followed. */
export const FOLLOWERS: Readonly<Record<string, Follower>> = {
  ListEvents: { description: 'go on with events as they happen', follow: followEventLines },
  DescribeHistoryMonitorValues: {
    description: 'go on with a line for each reading',
    follow: followPoints,
  },
};

/** Readings come every five seconds (real time), or faster where the clock is advanced. */
const LOOK_EVERY_MS = 1_000;

async function followEventLines(
  config: ClientConfig,
  input: Partial<EventFilter>,
  asJson: boolean,
  last: number,
): Promise<void> {
  const after = asJson ? (input.after ?? 0) : last;
  // What goes on has neither an end nor another order.
  const filter = { ...input, after, limit: undefined, order: undefined };
  for await (const event of followEvents(config, filter)) {
    console.log(asJson ? JSON.stringify(event) : eventLine(event));
  }
}

async function followPoints(
  config: ClientConfig,
  input: { readonly id?: string; readonly meters?: string },
  asJson: boolean,
): Promise<void> {
  const client = connectTo(config);
  const { id = '', meters = asJson ? undefined : FOLLOWED.join(',') } = input;
  let from: string | undefined;
  let last: PointView | undefined;
  /** What was read since the last look. */
  const points = async (): Promise<readonly PointView[]> => {
    const { now: to } = await client.getClock();
    // A rollback may have put time back: then it goes on from there.
    if (from === undefined || Date.parse(to) < Date.parse(from)) from = to;
    const range = { id, from, to, ...(meters === undefined ? {} : { meters }) };
    return (await client.describeHistoryMonitorValues(range)).points;
  };
  for (;;) {
    const read = await points().catch((error: unknown) => {
      const isOver = error instanceof SimulatorError && error.code === 'NotReachable';
      if (isOver && from !== undefined) return null;
      throw error;
    });
    if (read === null) return;
    for (const point of read) {
      if (JSON.stringify(point) === JSON.stringify(last)) continue; // it was told
      console.log(asJson ? JSON.stringify(point) : pointLine(point));
      last = point;
    }
    from = read.at(-1)?.at ?? from;
    await delay(LOOK_EVERY_MS);
  }
}

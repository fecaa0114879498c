/** What an application did since a moment: the difference between two looks at what passed its endpoint. */
import type { ActionClient } from '../control-plane/actions/index.js';

type Traffic = Awaited<ReturnType<ActionClient['describeTraffic']>>;

export interface Refused {
  /** In lower case: `set`. */
  readonly command: string;
  /** The error line that the application got. */
  readonly line: string;
  readonly count: number;
}

/** What is found in a report is a number of times unless it says otherwise. */
export interface Report {
  readonly reads: number;
  /** Those that were refused as well. */
  readonly writes: number;
  readonly refused: number;
  /** Which commands were refused, and by which rule: the words of the error. */
  readonly refusals: readonly Refused[];
  /** Refused commands that had been refused on the same connection before: the application tried again. */
  readonly retries: number;
  /** Connections that were opened: more than the application needs are reconnects. */
  readonly connects: number;
  /** Connections that were turned away. */
  readonly turnedAway: number;
  /** From the moment that writes were accepted again to the first one (real ms); null: none came, or none was refused. */
  readonly recoveryMs: number | null;
}

export class Observation {
  private constructor(
    private readonly look: () => Promise<Traffic>,
    private readonly before: Traffic,
  ) {}

  /** From now on. */
  static async begin(client: ActionClient, id: string): Promise<Observation> {
    const look = () => client.describeTraffic({ id });
    return new Observation(look, await look());
  }

  /** Up to now. */
  async report(): Promise<Report> {
    const { before } = this;
    const now = await this.look();
    const refusals = now.refusals.flatMap(({ command, line, count }) => {
      const earlier = before.refusals.find((one) => one.command === command && one.line === line);
      const since = count - (earlier?.count ?? 0);
      return since > 0 ? [{ command, line, count: since }] : [];
    });
    return {
      reads: now.reads - before.reads,
      writes: now.writes - before.writes,
      refused: now.refusedCommands - before.refusedCommands,
      refusals,
      retries: now.retries - before.retries,
      connects: now.newConnections - before.newConnections,
      turnedAway: now.refusedConnections - before.refusedConnections,
      recoveryMs: now.recoveryMs === before.recoveryMs ? null : now.recoveryMs,
    };
  }
}

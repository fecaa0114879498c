/** What the control plane knows of the sample applications: a port like those in ports.ts, of which nothing is kept. */

/** Small applications that write and read, one for an instance, for people to look at. Nothing of them is kept. */
export interface Applications {
  /** Begins one, in place of the one that runs there already. */
  start(spec: ApplicationSpec): void;
  /** Tells whether there was one. */
  stop(instanceId: string): boolean;
  /** Those of the last two minutes with a higher number than `after`; null where none runs. */
  figures(instanceId: string, after: number): ApplicationFigures | null;
  list(): readonly ApplicationSpec[];
  close(): Promise<void>;
}

export interface ApplicationSpec {
  readonly instanceId: string;
  readonly host: string;
  readonly port: number;
  /** Of the default account; null: it does not log in. Never shown or logged. */
  readonly password: string | null;
  /** Half of them writes. */
  readonly commandsPerSecond: number;
}

export interface ApplicationFigures {
  readonly spec: ApplicationSpec;
  readonly samples: readonly NumberedSample[];
}

/** Half a second of real time, as the application saw it. */
export interface ApplicationSample {
  readonly writesPerSecond: number;
  readonly readsPerSecond: number;
  /** Answered with an error line. */
  readonly refusedPerSecond: number;
  /** Not answered: there was no connection, or it ended. */
  readonly lostPerSecond: number;
  /** Average and largest of what was answered; null where nothing was. */
  readonly latencyMs: number | null;
  readonly latencyMaxMs: number | null;
  readonly connected: boolean;
  /** What it wrote or read last; null: nothing yet, or nothing is there. */
  readonly visits: number | null;
  /** The last error line, until a write passes again. */
  readonly refusal: string | null;
}

export interface NumberedSample extends ApplicationSample {
  readonly seq: number;
}

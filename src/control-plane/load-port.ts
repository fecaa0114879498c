/** Load on demand: what the control plane asks for, and what it is told. Plain data, since it crosses a thread's port. */

/** What is to be done all the time, per second of real time; 0: nothing of it. */
export interface Load {
  /** Bytes each way: as many written as read. */
  readonly bytesPerSecond: number;
  /** Small commands, half of them writes. */
  readonly commandsPerSecond: number;
  /** Connections that do nothing. */
  readonly connections: number;
  /** Percent of one processor, by scripts. */
  readonly cpuPercent: number;
  /** Bytes of data, written once and taken away at the end. */
  readonly memoryBytes: number;
}

export interface LoadSpec extends Load {
  readonly instanceId: string;
  readonly host: string;
  readonly port: number;
  readonly username: string | null;
  readonly password: string | null;
}

/** What came of it. */
export interface LoadFigures {
  /** Real time (s). */
  readonly seconds: number;
  readonly commands: number;
  /** Those that were answered with an error. */
  readonly refused: number;
  /** Those that got no answer, and connections that were refused or ended. */
  readonly lost: number;
  /** The last error; null: there was none. */
  readonly refusal: string | null;
}

export interface RunningLoad {
  /** Resolves when its connections are there and its data is written, or when that is given up after some seconds. */
  readonly begun: Promise<void>;
  /** Ends it, takes away what it wrote, and tells what came of it. */
  stop(): Promise<LoadFigures>;
}

/** Makes load: as a client like any other, through the endpoint, apart from both planes. */
export interface LoadMaker {
  start(spec: LoadSpec): RunningLoad;
  close(): Promise<void>;
}

/** What a backend is to be, and what it is. */
import type { BackendAddress, BackendLogin, CommandText } from '../server/index.js';

export interface BackendSpec {
  readonly instanceId: string;
  /** 0: as much as the machine has. */
  readonly memoryBytes: number;
  /** Clients at once that the door lets in, and Redis has to take; null: as many as Redis takes by itself. */
  readonly connections: number | null;
  /** Processors, parts of one too; null: all that the machine has. Only where the engine can see to it (Docker). */
  readonly cpuCores: number | null;
  /** Redis itself refuses writes too, also inside scripts. */
  readonly writesRefused: boolean;
  /** Settings by name; `client-output-buffer-limit pubsub` for one of several. Ignored where they are not ours. */
  readonly settings: Readonly<Record<string, string>>;
  /** Clients have to log in: nobody may do anything there before. */
  readonly loginNeeded: boolean;
  /** Who may log in besides the backend's own user. Those that the engine made before, and that are not here, go. */
  readonly users: readonly BackendUser[];
}

export interface BackendUser {
  /** As the instance's customers know it. */
  readonly name: string;
  /** It may not write, in scripts either, nor administer. */
  readonly readOnly: boolean;
}

/** A running Redis. Its password is generated, and never shown or logged. */
export interface Backend extends BackendAddress {
  readonly version: string;
  readonly commands: CommandText;
  /** How each of `users` is known to Redis, by name. */
  readonly logins: ReadonlyMap<string, BackendLogin>;
}

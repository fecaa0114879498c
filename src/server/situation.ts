/** What an endpoint's sessions have in common. */
import type { CommandTable } from './command-table.js';
import type { Access, BackendLogin, Words } from './endpoint-spec.js';
import type { LoginGuard } from './login-guard.js';
import type { Logins } from './logins.js';
import type { Outbox } from './outbox.js';
import type { Shift } from './shift.js';
import type { Throttle } from './throttle.js';
import type { Traffic } from './traffic.js';
import type { VirtualTime } from './times/virtual-time.js';

/** What the endpoint knows and may change while the session runs. */
export interface Situation {
  readonly access: Access;
  readonly words: Words;
  readonly backendRefusal: string;
  /** Of a slow network, each way. */
  readonly latencyMs: number;
  readonly commands: CommandTable;
  readonly logins: Logins;
  readonly unasked: BackendLogin | null;
  readonly guard: LoginGuard;
  readonly outbox: Outbox;
  readonly traffic: Traffic;
  /** null: Redis' own time is right. */
  readonly time: VirtualTime | null;
  readonly shift: Shift;
  /** Whether a command that may change data was passed on since somebody last looked; set by whoever passes it on. */
  readonly writes: { any: boolean };
  /** By direction, for all sessions together. */
  readonly throttles: { readonly toBackend: Throttle; readonly toClient: Throttle };
}

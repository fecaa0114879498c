/** What the data plane is told: plain data, so that it can stand behind a message port. */

export interface EndpointSpec {
  readonly instanceId: string;
  readonly host: string;
  /** A port, or the first free one of a range. */
  readonly port: number | { readonly from: number; readonly to: number };
  readonly access: Access;
  /** In place of Redis' own words when Redis itself refuses a write. */
  readonly backendRefusal: string;
  /** Commands that are never passed on, by lower-case name (`config|set` for a subcommand), with their error line. */
  readonly notOpen: Readonly<Record<string, string>>;
  readonly words: Words;
  /** Who may log in. */
  readonly logins: readonly Login[];
  /** Who clients are that did not log in; null: they are nobody, and have to. */
  readonly unasked: BackendLogin | null;
  /** From where: addresses and CIDR ranges, IPv4 and IPv6. Asked when a connection is made. */
  readonly whitelist: readonly string[];
  readonly ceilings: Ceilings;
  /** Whenever it changes, the sessions that there are end, once. */
  readonly generation: number;
  /** What clients and Redis say arrives so much later (ms), each way; 0: as fast as it goes. */
  readonly latencyMs: number;
  /** null: connections are accepted, but nobody is served yet. */
  readonly backend: (BackendAddress & { readonly commands: CommandText }) | null;
}

/** What clients may do: `null` passes; otherwise the error line, without the leading `-` and the line end. */
export interface Access {
  readonly reads: string | null;
  readonly writes: string | null;
}

/** Error lines, without the leading `-` and the line end. */
export interface Words {
  readonly wrongPassword: string;
  /** To a client that has to log in first. */
  readonly notLoggedIn: string;
  /** `{address}` stands for the client's address and port. */
  readonly illegalAddress: string;
  readonly tooManyConnections: string;
  /** To a client that comes while nobody is served. */
  readonly notServed: string;
}

/** What is allowed at the door; null: no ceiling. */
export interface Ceilings {
  readonly connections: number | null;
  readonly newConnectionsPerSecond: number | null;
  /** From clients to Redis. */
  readonly bytesPerSecondIn: number | null;
  /** From Redis to clients. */
  readonly bytesPerSecondOut: number | null;
}

/** An account of the instance, as its clients name it, and as Redis knows it. */
export interface Login {
  /** As in `AUTH name password`. The login that has the name `default` also answers to `AUTH password`. */
  readonly names: readonly string[];
  /** null: it has none, and nobody can log in with one. */
  readonly password: PasswordHash | null;
  readonly backend: BackendLogin;
}

/** Hex digits both; `hash` is HMAC-SHA-256 of the password (UTF-8) under the salt's bytes. */
export interface PasswordHash {
  readonly salt: string;
  readonly hash: string;
}

/** What Redis is told by AUTH; never shown or logged. */
export interface BackendLogin {
  readonly username: string;
  /** Empty where Redis takes everybody. */
  readonly password: string;
}

export interface BackendAddress extends BackendLogin {
  readonly host: string;
  readonly port: number;
  /** A Unix socket, in place of host and port. */
  readonly path?: string | undefined;
}

/** Rows of Redis' COMMAND reply as JSON (CommandRow[]): one text crosses threads, and is compared, faster than 400 rows. */
export type CommandText = string;

/** A row of Redis' COMMAND reply; a subcommand's name is `config|set`. */
export interface CommandRow {
  readonly name: string;
  /** As Redis: exact when positive, at least when negative; counts the name. */
  readonly arity: number;
  /** Redis' flag `write`. */
  readonly write: boolean;
  /** Touches keys: Redis' flag `readonly`. */
  readonly read: boolean;
  /** Open to clients that did not log in: Redis' flag `no_auth`. */
  readonly noAuth: boolean;
  readonly subcommands: readonly CommandRow[];
}

/**
 * How virtual time stands to the clock of Redis, for one endpoint. Redis keeps an expiry as an instant of its own
 * clock; what is stored as `t` means `t + expiryOffsetMs` to clients.
 */
export interface TimeMap {
  readonly expiryOffsetMs: number;
  /** When the machine's clock shows `realAt` (ms since 1970), clients are told `virtualAt` (ms since 1970). */
  readonly virtualAt: number;
  readonly realAt: number;
  /** Virtual milliseconds for each real one; 0: time stands. */
  readonly rate: number;
}

/** An instance whose time is about to move. */
export interface ShiftOf {
  readonly instanceId: string;
  /** Its data is known to have expiries, or not known to have none. */
  readonly volatile: boolean;
}

/** What came of the beginning of a shift. */
export interface ShiftBegun {
  /** Where all commands wait. */
  readonly held: readonly string[];
  /** Those of them whose Redis may still be at commands that got there before. */
  readonly failed: readonly { readonly instanceId: string; readonly problem: string }[];
}

/** An instance whose time has moved. */
export interface ShiftedTo {
  readonly instanceId: string;
  readonly time: TimeMap | null;
}

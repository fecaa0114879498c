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
  /** null: connections are accepted, but nobody is served yet. */
  readonly backend: (BackendAddress & { readonly commands: readonly CommandRow[] }) | null;
}

/** What clients may do: `null` passes; otherwise the error line, without the leading `-` and the line end. */
export interface Access {
  readonly reads: string | null;
  readonly writes: string | null;
}

export interface BackendAddress {
  readonly host: string;
  readonly port: number;
  readonly username: string;
  /** Empty where Redis takes everybody. */
  readonly password: string;
}

/** A row of Redis' COMMAND reply; a subcommand's name is `config|set`. */
export interface CommandRow {
  readonly name: string;
  /** As Redis: exact when positive, at least when negative; counts the name. */
  readonly arity: number;
  /** Redis' flag `write`. */
  readonly write: boolean;
  /** Touches keys: Redis' flag `readonly`. */
  readonly read: boolean;
  readonly subcommands: readonly CommandRow[];
}

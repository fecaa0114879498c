/** What an application did with a service that refuses: which commands, with which words, tried again or not, and when it went on. */

/** Of one command that was refused with one error line. */
export interface RefusedCommand {
  /** In lower case. */
  readonly command: string;
  /** Without the leading `-` and the line end. */
  readonly line: string;
  readonly count: number;
}

/** As many as there are commands: whoever makes more is not counted by name. */
const ROWS_MAX = 1000;

export class RefusedCommands {
  readonly #rows = new Map<string, { command: string; line: string; count: number }>();
  #retries = 0;
  /** Since when (real ms) writes are accepted again that were refused; 0: nothing is waited for. */
  #acceptedSince = 0;
  #recoveryMs: number | null = null;

  /** A write that passes may be the first one since writes are accepted again. */
  get awaitsWrite(): boolean {
    return this.#acceptedSince !== 0;
  }

  /** `isRetry`: the same connection had this command refused before. */
  add(command: string, line: string, isRetry: boolean): void {
    if (isRetry) this.#retries += 1;
    const key = `${command} ${line}`;
    const row = this.#rows.get(key);
    if (row) row.count += 1;
    else if (this.#rows.size < ROWS_MAX) this.#rows.set(key, { command, line, count: 1 });
  }

  /** What is refused has changed. */
  changed(before: { writes: string | null }, after: { writes: string | null }): void {
    if (after.writes !== null) this.#acceptedSince = 0;
    else if (before.writes !== null) this.#acceptedSince = performance.now();
  }

  /** A write passed. */
  wrote(): void {
    this.#recoveryMs = performance.now() - this.#acceptedSince;
    this.#acceptedSince = 0;
  }

  read(): RefusalCounts {
    const rows = [...this.#rows.values()].map((row) => ({ ...row }));
    return { refusals: rows, retries: this.#retries, recoveryMs: this.#recoveryMs };
  }
}

export interface RefusalCounts {
  readonly refusals: readonly RefusedCommand[];
  /** Refused commands that had been refused on the same connection before. */
  readonly retries: number;
  /** From the last time that writes were accepted again to the first one that came (real ms); null: there was none. */
  readonly recoveryMs: number | null;
}

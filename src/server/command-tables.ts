/**
 * The tables of commands, made once for all endpoints that have the same commands open. They would be most of the heap
 * with one for each endpoint, and clients wait while V8 looks over the heap.
 */
import { isDeepStrictEqual } from 'node:util';
import { CommandTable } from './command-table.js';
import type { CommandRow, CommandText, EndpointSpec } from './endpoint-spec.js';

/** More kinds of Redis, or of profiles, than one simulator has at a time; one too many is made again when it is asked for. */
const KEPT_MAX = 8;

interface Made {
  readonly commands: CommandText;
  readonly notOpen: EndpointSpec['notOpen'];
  readonly table: CommandTable;
}

export class CommandTables {
  /** The one that was asked for last is the first. */
  #made: readonly Made[] = [];

  /** As CommandTable's constructor; the same for the same. */
  of(commands: CommandText, notOpen: EndpointSpec['notOpen']): CommandTable {
    const known = this.#made.find(
      (made) => made.commands === commands && isDeepStrictEqual(made.notOpen, notOpen),
    );
    const table = known?.table ?? new CommandTable(JSON.parse(commands) as CommandRow[], notOpen);
    const asked = known ?? { commands, notOpen, table };
    this.#made = [asked, ...this.#made.filter((made) => made !== known)].slice(0, KEPT_MAX);
    return table;
  }
}

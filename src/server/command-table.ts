/**
 * Which commands there are and what they do, from the backend's own COMMAND
 * reply. Looked up by the bytes on the wire, without making a string of them.
 */
import type { CommandRow } from './endpoint-spec.js';
import type { CommandLookup } from './resp/request-sink.js';
import { mayWrite } from './may-write.js';
import { COUNT } from './traffic.js';
import { givesExpiryFrom, mayBlock } from './times/expiry-givers.js';
import { TIME_RULES, type TimeRule } from './times/time-rules.js';

export interface CommandEntry {
  readonly row: CommandRow;
  /** Never passed on; the error line says so. */
  readonly notOpen: string | null;
  /** With fewer arguments (the name counts) it passes wherever nothing is refused, and nothing else has to be looked at. */
  readonly ordinaryBelow: number;
  /** With so many arguments or more it may give something an expiry. */
  readonly givesExpiryFrom: number;
  readonly mayBlock: boolean;
  /** It may change data, by itself or by what is inside of it. */
  readonly mayWrite: boolean;
  /** Under what it is counted: a place of COUNT. */
  readonly counted: number;
  /** What is to be done where time is virtual. */
  readonly timeRule: TimeRule | undefined;
  readonly subcommands: CommandTable | undefined;
}

/** What a session has to do something about. */
const LOOKED_AT: ReadonlySet<string> = new Set(['auth', 'hello', 'quit', 'reset']);

/** For names of more bytes than are looked at: Redis has none, and what is not looked at does not pass. */
const UNTOLD: CommandEntry = {
  row: {
    ...{ name: '', arity: -1, subcommands: [] },
    ...{ write: false, read: false, noAuth: false },
  },
  notOpen: 'ERR unknown command',
  ...{ ordinaryBelow: 0, givesExpiryFrom: Infinity, mayBlock: false },
  ...{ mayWrite: true, counted: COUNT.others },
  ...{ timeRule: undefined, subcommands: undefined },
};

interface Named {
  readonly name: Buffer;
  readonly entry: CommandEntry;
}

export class CommandTable implements CommandLookup<CommandEntry> {
  readonly tooLong = UNTOLD;
  /** By length and first byte, which tells nearly all commands apart. */
  readonly #byShape: (Named[] | undefined)[] = [];

  /** `notOpen` by lower-case name; a container that is not open (`ofAll`) closes all its subcommands. */
  constructor(
    rows: readonly CommandRow[],
    notOpen: Readonly<Record<string, string>>,
    ofAll: string | null = null,
  ) {
    for (const row of rows) {
      // Modules may register names in capitals (`FT.SEARCH`).
      const fullName = row.name.toLowerCase();
      const name = Buffer.from(fullName.slice(fullName.indexOf('|') + 1));
      const line = notOpen[fullName] ?? ofAll;
      const subcommands =
        row.subcommands.length > 0 ? new CommandTable(row.subcommands, notOpen, line) : undefined;
      const entry = entryOf(row, fullName, line, subcommands);
      const shape = shapeOf(name, 0, name.length);
      const bucket = this.#byShape[shape];
      if (bucket) bucket.push({ name, entry });
      else this.#byShape[shape] = [{ name, entry }];
    }
  }

  find(bytes: Buffer, start: number, end: number): CommandEntry | undefined {
    const bucket = this.#byShape[shapeOf(bytes, start, end)];
    if (bucket !== undefined) {
      for (let i = 0; i < bucket.length; i += 1) {
        const { name, entry } = bucket[i] as Named;
        if (isSameName(name, bytes, start)) return entry;
      }
    }
    // Redis compares up to a zero byte (dict.c, dictSdsKeyCaseCompare), and takes `SET\0x` for SET where the two
    // happen to share a bucket of its table. So that is what it is here, always.
    const zero = bytes.indexOf(0, start);
    return zero > start && zero < end ? this.find(bytes, start, zero) : undefined;
  }

  subcommandsOf(entry: CommandEntry): CommandTable | undefined {
    return entry.subcommands;
  }
}

function entryOf(
  row: CommandRow,
  fullName: string,
  notOpen: string | null,
  subcommands: CommandTable | undefined,
): CommandEntry {
  const expiryFrom = givesExpiryFrom(row);
  const blocks = mayBlock(row);
  const timeRule = TIME_RULES[fullName];
  const isLookedAt = notOpen !== null || blocks || LOOKED_AT.has(fullName);
  return {
    ...{ row, notOpen, subcommands, timeRule },
    ordinaryBelow: isLookedAt ? 0 : Math.min(expiryFrom, timeRule?.least ?? Infinity),
    givesExpiryFrom: expiryFrom,
    mayBlock: blocks,
    mayWrite: mayWrite(row),
    counted: row.write ? COUNT.writes : row.read ? COUNT.reads : COUNT.others,
  };
}

/** Letters differ in bit 0x20 by case only; what else shares a shape is told apart by isSameName. */
function shapeOf(bytes: Buffer, start: number, end: number): number {
  return (end - start) * 32 + ((bytes[start] ?? 0) & 0x1f);
}

function isSameName(name: Buffer, bytes: Buffer, start: number): boolean {
  for (let i = 0; i < name.length; i += 1) {
    const byte = bytes[start + i] as number; // the shape says that there are as many
    const lower = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
    if (lower !== name[i]) return false;
  }
  return true;
}

/** Records that change, without copying what does not. */
import type { AnyRecord, Records } from './world.js';

/** The records with these in place of those of the same id, and without the removed ones. */
export function withRecords(
  records: Records,
  changed: readonly AnyRecord[],
  removed: readonly AnyRecord[] = [],
): Records {
  if (changed.length === 0 && removed.length === 0) return records;
  const copies = new RecordCopies(records);
  for (const record of changed) copies.put(record);
  for (const record of removed) copies.remove(record);
  return copies.records;
}

/** Each table is copied once, when the first of its rows changes. */
export class RecordCopies {
  readonly #own = new Map<string, Map<string, unknown>>();

  constructor(public records: Records) {}

  put({ table, row }: AnyRecord): void {
    this.#ownOf(table).set(row.id, row);
  }

  remove({ table, row }: AnyRecord): void {
    this.#ownOf(table).delete(row.id);
  }

  #ownOf(table: AnyRecord['table']): Map<string, unknown> {
    let own = this.#own.get(table);
    if (!own) {
      own = new Map<string, unknown>(this.records[table]);
      this.#own.set(table, own);
      this.records = { ...this.records, [table]: own };
    }
    return own;
  }
}

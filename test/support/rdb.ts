/** Takes an RDB apart, for tests: what a scanner tells of it, put together again. */
import { createHash } from 'node:crypto';
import { RdbScanner } from '../../src/control-plane/rdb/scanner.js';
import type { RdbEvent, RdbKey } from '../../src/control-plane/rdb/events.js';
import { stringOf } from '../../src/control-plane/rdb/encoding.js';
import { Crc64 } from '../../src/control-plane/rdb/crc64.js';

export interface ReadKey extends RdbKey {
  readonly name: Buffer;
  readonly value: Buffer;
}

export interface ReadRdb {
  readonly version: number;
  readonly keys: readonly ReadKey[];
  readonly libraries: readonly string[];
  readonly aux: ReadonlyMap<string, string>;
  readonly modules: readonly string[];
  /** All bytes again, in the order in which they were handed on. */
  readonly bytes: Buffer;
}

/** Throws RdbError as the scanner does. */
export function readRdb(pieces: Iterable<Buffer>): ReadRdb {
  const keys: ReadKey[] = [];
  const libraries: string[] = [];
  const modules: string[] = [];
  const aux = new Map<string, string>();
  const all: Buffer[] = [];
  let version = 0;
  let value: Buffer[] = [];
  let key: RdbKey | undefined;
  const take = (event: RdbEvent) => {
    // What is handed on may lie in a buffer that the next piece is read into.
    all.push(Buffer.from(event.kind === 'key' ? event.key.head : event.bytes));
    if (event.kind === 'begin') version = event.version;
    if (event.kind === 'aux') aux.set(event.name, event.value);
    if (event.kind === 'library') libraries.push(event.code.toString());
    if (event.kind === 'module') modules.push(event.name);
    if (event.kind === 'key') key = { ...event.key, head: Buffer.from(event.key.head) };
    if (event.kind === 'value' || event.kind === 'time') value.push(Buffer.from(event.bytes));
    if (event.kind === 'value' && event.last && key) {
      keys.push({ ...key, name: stringOf(key.head.subarray(1)), value: Buffer.concat(value) });
      value = [];
    }
  };
  const scanner = RdbScanner.ofFile({ checks: true });
  for (const piece of pieces) {
    scanner.feed(piece);
    for (let event = scanner.next(); event; event = scanner.next()) take(event);
  }
  scanner.finish();
  return { version, keys, libraries, aux, modules, bytes: Buffer.concat(all) };
}

/** The same for two that are the same in everything. */
export function digestOf({ version, keys, libraries, aux, modules, bytes }: ReadRdb): string {
  const hash = createHash('sha256').update(bytes);
  for (const { head, value, database, expiresAt, idle, frequency, valueAt } of keys) {
    hash.update(head).update(value);
    hash.update([database, expiresAt, idle, frequency, valueAt].map(String).join());
  }
  return hash.update(JSON.stringify([version, libraries, [...aux], modules])).digest('hex');
}

/** What DUMP answers for such a key. */
export function payloadOf({ type, value }: ReadKey, version: number): Buffer {
  const body = Buffer.concat([
    Buffer.from([type]),
    value,
    Buffer.from([version & 0xff, version >> 8]),
  ]);
  return Buffer.concat([body, new Crc64().update(body).digest()]);
}

/**
 * Goes through an RDB that comes in pieces, cut anywhere: tells where keys, values and times are, and hands on every
 * byte once. Of a value it holds nothing, however large it is (rdb.c, rdbLoadRioWithLoadingCtx).
 */
import { Crc64 } from './crc64.js';
import { Cursor } from './cursor.js';
import { countOf } from './encoding.js';
import type { RdbEvent } from './events.js';
import { moduleNameOf } from './module-name.js';
import { RdbError } from './rdb-error.js';
import { OPCODE, shapeAfter, shapeOf } from './shapes.js';
import { walk } from './walk.js';

const HEADER_BYTES = 9;
/** Older ones end without a checksum. */
const FIRST_WITH_CHECKSUM = 5;
const CHECKSUM_BYTES = 8;

type Events = Generator<RdbEvent | null, null>;

/** What was said of the key that comes next. */
interface Ahead {
  expiresAt: bigint | null;
  idle: number | null;
  frequency: number | null;
}

export class RdbScanner {
  readonly #cursor: Cursor;
  readonly #events: Events;
  #isWhole = false;

  private constructor(cursor: Cursor, events: (scanner: RdbScanner) => Events) {
    this.#cursor = cursor;
    this.#events = events(this);
  }

  /** Of a whole file. `checks`: its checksum, too, which takes longer than all the rest. */
  static ofFile({ checks }: { readonly checks: boolean }): RdbScanner {
    return new RdbScanner(new Cursor(checks ? new Crc64() : null), (self) => self.#file());
  }

  /** Of one value, which the bytes begin with; there is nothing more after the last event of it. */
  static ofValue(type: number, isValkey: boolean): RdbScanner {
    return new RdbScanner(new Cursor(null), (self) => self.#value(type, isValkey));
  }

  feed(bytes: Buffer): void {
    this.#cursor.feed(bytes);
  }

  /** The next event; null: there is none before more bytes are fed. Throws RdbError where the bytes are no RDB. */
  next(): RdbEvent | null {
    try {
      return this.#events.next().value;
    } catch (error) {
      if (!(error instanceof RdbError)) throw error;
      throw new RdbError(`${error.message} (at byte ${String(this.#cursor.offset)})`);
    }
  }

  /** No more bytes come. Throws RdbError where some are missing. */
  finish(): void {
    if (this.#isWhole) return;
    const { size } = this.#cursor;
    throw new RdbError(
      size === 0 ? 'it is empty' : `it ends after ${String(size)} bytes, and is not whole`,
    );
  }

  *#file(): Events {
    const cursor = this.#cursor;
    while (!cursor.has(HEADER_BYTES)) yield null;
    const { version, isValkey } = headerOf(cursor.bytes.subarray(0, HEADER_BYTES));
    cursor.at += HEADER_BYTES;
    yield { kind: 'begin', bytes: cursor.taken(), version, isValkey };
    const ahead: Ahead = { expiresAt: null, idle: null, frequency: null };
    for (let database = 0; ;) {
      while (!cursor.has(1)) yield null;
      const opcode = cursor.bytes[cursor.at] ?? 0;
      cursor.at += 1;
      if (shapeOf(opcode, isValkey)) {
        yield* cursor.held('the name of a key');
        const head = cursor.taken();
        const key = { database, type: opcode, head, valueAt: cursor.offset, ...ahead };
        yield { kind: 'key', key };
        yield* this.#value(opcode, isValkey);
        Object.assign(ahead, { expiresAt: null, idle: null, frequency: null });
      } else if (opcode === OPCODE.database) {
        database = countOf(yield* cursor.number());
        yield { kind: 'rest', bytes: cursor.taken() };
      } else if (opcode === OPCODE.end) {
        return yield* this.#end(version);
      } else {
        yield* this.#other(opcode, isValkey, ahead);
      }
    }
  }

  *#value(type: number, isValkey: boolean): Events {
    yield* walk(this.#cursor, shapeOf(type, isValkey) ?? [], 'value');
    yield { kind: 'value', bytes: this.#cursor.taken(), last: true };
    return null;
  }

  /** What neither is a key nor says where one is. */
  *#other(opcode: number, isValkey: boolean, ahead: Ahead): Generator<RdbEvent | null, void> {
    const cursor = this.#cursor;
    switch (opcode) {
      case OPCODE.expiryMs:
      case OPCODE.expirySeconds:
        ahead.expiresAt = yield* this.#expiry(opcode);
        yield { kind: 'expiry', bytes: cursor.taken(), expiresAt: ahead.expiresAt };
        return;
      case OPCODE.idle:
        ahead.idle = countOf(yield* cursor.number());
        break;
      case OPCODE.frequency:
        while (!cursor.has(1)) yield null;
        ahead.frequency = cursor.bytes[cursor.at] ?? 0;
        cursor.at += 1;
        break;
      case OPCODE.aux: {
        const name = (yield* cursor.string('the name of a field of the file')).toString();
        const value = (yield* cursor.string('a field of the file')).toString();
        yield { kind: 'aux', bytes: cursor.taken(), name, value };
        return;
      }
      case OPCODE.library: {
        const code = yield* cursor.string('a library of functions');
        yield { kind: 'library', bytes: cursor.taken(), code };
        return;
      }
      case OPCODE.moduleAux: {
        const name = moduleNameOf(BigInt(yield* cursor.number()));
        yield { kind: 'module', bytes: cursor.taken(), name };
        yield* walk(cursor, ['number', 'number', 'module'], 'rest');
        break;
      }
      default: {
        const shape = shapeAfter(opcode, isValkey);
        if (!shape) throw new RdbError(`nothing is known of type ${String(opcode)}`);
        yield* walk(cursor, shape, 'rest');
      }
    }
    yield { kind: 'rest', bytes: cursor.taken() };
  }

  *#expiry(opcode: number): Generator<null, bigint> {
    const cursor = this.#cursor;
    const isMs = opcode === OPCODE.expiryMs;
    const width = isMs ? 8 : 4;
    while (!cursor.has(width)) yield null;
    const { bytes, at } = cursor;
    cursor.at += width;
    return isMs ? bytes.readBigInt64LE(at) : BigInt(bytes.readInt32LE(at)) * 1000n;
  }

  *#end(version: number): Events {
    const cursor = this.#cursor;
    yield { kind: 'rest', bytes: cursor.taken() };
    if (version >= FIRST_WITH_CHECKSUM) {
      const right = cursor.checksum?.digest();
      while (!cursor.has(CHECKSUM_BYTES)) yield null;
      const found = cursor.bytes.subarray(cursor.at, cursor.at + CHECKSUM_BYTES);
      // Zero: it was written without one (rdbchecksum no).
      if (right && found.some((byte) => byte !== 0) && !right.equals(found)) {
        throw new RdbError('its checksum is not that of its bytes');
      }
      cursor.at += CHECKSUM_BYTES;
    }
    this.#isWhole = true;
    yield { kind: 'end', bytes: cursor.taken() };
    while (!cursor.has(1)) yield null;
    throw new RdbError('there is more after its end');
  }
}

/** Throws RdbError for what begins like no RDB. */
function headerOf(bytes: Buffer): { version: number; isValkey: boolean } {
  const [, name, digits] = /^(REDIS|VALKEY)(\d+)$/.exec(bytes.toString('latin1')) ?? [];
  if (digits === undefined) {
    throw new RdbError(`it is no RDB: it begins with ${JSON.stringify(bytes.toString('latin1'))}`);
  }
  return { version: Number(digits), isValkey: name === 'VALKEY' };
}

/**
 * Gives the keys of an RDB to a Redis, one RESTORE for each: works with every Redis that has a connection for us, and
 * lets times be moved on the way. A long value is gone through once for its length and checksum, and then once more.
 */
import { Crc64 } from '../rdb/crc64.js';
import { stringOf } from '../rdb/encoding.js';
import type { RdbEvent, RdbKey } from '../rdb/events.js';
import { later, LaterValue } from '../rdb/later.js';
import { RdbScanner } from '../rdb/scanner.js';
import { scan } from '../rdb/scan.js';
import type { RdbSource } from '../ports.js';
import { commandOf, wordsOf, type CommandStream } from './command-stream.js';

/** A longer value is not held. */
const HELD_BYTES_MAX = 1024 * 1024;
/** So much goes out at once. */
const BATCH_BYTES = 256 * 1024;
const CHECKSUM_BYTES = 8;

/** A key whose value is being gone through. */
interface Current {
  readonly key: RdbKey;
  readonly value: LaterValue;
  readonly checksum: Crc64;
  /** Its bytes, as long as they are few. */
  parts: Buffer[] | null;
  length: number;
}

export class RdbLoad {
  #current: Current | null = null;
  #database = 0;
  #version = Buffer.alloc(2);
  #isValkey = false;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #batchCommands = 0;
  readonly #shiftMs: bigint;

  constructor(
    private readonly commands: CommandStream,
    private readonly rdb: RdbSource,
    shiftMs: number,
  ) {
    this.#shiftMs = BigInt(shiftMs);
  }

  /** Resolves when Redis has carried out all of it. Throws what Redis refused, or RdbError. */
  async run(): Promise<void> {
    const scanner = RdbScanner.ofFile({ checks: false });
    await scan(this.rdb.open(), scanner, (event) => this.#take(event));
    await this.#flush();
    await this.commands.done();
  }

  #take(event: RdbEvent): Promise<void> | undefined {
    switch (event.kind) {
      case 'begin':
        this.#version.writeUInt16LE(event.version);
        this.#isValkey = event.isValkey;
        return undefined;
      case 'library':
        return this.#add([commandOf('FUNCTION', 'LOAD', 'REPLACE', event.code)]);
      case 'key':
        this.#begin(event.key);
        return this.#select(event.key.database);
      case 'value':
      case 'time':
        return this.#part(event);
      case 'expiry': // it is told again with its key
      case 'module': // nobody can give it back
      case 'aux':
      case 'rest':
      case 'end':
        return undefined;
    }
  }

  #begin(key: RdbKey): void {
    const value = new LaterValue(key.type, this.#shiftMs);
    const checksum = new Crc64().update(Buffer.from([value.type]));
    this.#current = { key, value, checksum, parts: [], length: 0 };
  }

  #select(database: number): Promise<void> | undefined {
    if (database === this.#database) return;
    this.#database = database;
    return this.#add([commandOf('SELECT', String(database))]);
  }

  #part(event: Extract<RdbEvent, { kind: 'value' | 'time' }>): Promise<void> | undefined {
    const current = this.#current;
    if (!current) return;
    const bytes = current.value.part(event);
    current.checksum.update(bytes);
    current.length += bytes.length;
    if (current.length > HELD_BYTES_MAX) current.parts = null;
    current.parts?.push(bytes);
    if (event.kind === 'time' || !event.last) return;
    const [head, tail] = this.#around(current);
    if (current.parts) return this.#add([head, ...current.parts, tail]);
    return this.#stream(head, current, tail);
  }

  /** What is before and behind the value in its RESTORE (cluster.c, restoreCommand). */
  #around({ key, value, checksum, length }: Current): [Buffer, Buffer] {
    const { expiresAt, idle, frequency } = key;
    const options = [
      ...(expiresAt === null ? [] : ['ABSTTL']),
      ...(idle === null ? [] : ['IDLETIME', String(idle)]),
      ...(frequency === null ? [] : ['FREQ', String(frequency)]),
    ];
    const ttl = expiresAt === null ? 0n : later(expiresAt, this.#shiftMs);
    const payloadBytes = 1 + length + this.#version.length + CHECKSUM_BYTES;
    const name = stringOf(key.head.subarray(1));
    const head = Buffer.concat([
      Buffer.from(`*${String(4 + options.length)}\r\n`),
      wordsOf('RESTORE', name, String(ttl)),
      Buffer.from(`$${String(payloadBytes)}\r\n`),
      Buffer.from([value.type]),
    ]);
    const sum = checksum.update(this.#version).digest();
    return [head, Buffer.concat([this.#version, sum, Buffer.from('\r\n'), wordsOf(...options)])];
  }

  async #stream(head: Buffer, { key }: Current, tail: Buffer): Promise<void> {
    await this.#flush();
    await this.commands.send(head, 0);
    const value = new LaterValue(key.type, this.#shiftMs);
    const scanner = RdbScanner.ofValue(key.type, this.#isValkey);
    const source = this.rdb.open(key.valueAt);
    read: for await (const bytes of source as AsyncIterable<Buffer>) {
      scanner.feed(bytes);
      for (let event = scanner.next(); event; event = scanner.next()) {
        if (event.kind !== 'value' && event.kind !== 'time') continue;
        const part = value.part(event);
        if (part.length > 0) await this.commands.send(part, 0);
        if (event.kind === 'value' && event.last) break read;
      }
    }
    await this.commands.send(tail, 1);
  }

  /** One whole command. */
  #add(bytes: readonly Buffer[]): Promise<void> | undefined {
    for (const one of bytes) {
      this.#batch.push(one);
      this.#batchBytes += one.length;
    }
    this.#batchCommands += 1;
    return this.#batchBytes < BATCH_BYTES ? undefined : this.#flush();
  }

  async #flush(): Promise<void> {
    const [bytes, commands] = [Buffer.concat(this.#batch), this.#batchCommands];
    this.#batch = [];
    this.#batchBytes = 0;
    this.#batchCommands = 0;
    if (commands > 0) await this.commands.send(bytes, commands);
  }
}

/**
 * Asks a Redis for its data as a replica does that wants nothing but the RDB (replication.c, `REPLCONF rdb-only`): it
 * never counts as a replica that is online, so `min-replicas-to-write` goes on refusing the writes of a frozen instance.
 */
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { BackendAddress } from '../../server/index.js';

/** While it makes us wait, Redis sends an empty line each second (replication.c, replicationCron). */
const SILENT_MS_MAX = 60_000;
const CONNECT_WITHIN_MS = 10_000;
const LINE_BYTES_MAX = 64 * 1024;
/** Random, and sent ahead: the same again is the end of what has no length (rdb.c, rdbSaveRioWithEOFMark). */
const MARK_BYTES = 40;
const NEWLINE = 0x0a;

/**
 * The RDB of a moment between this call and when it resolves: Redis answers PSYNC in the same turn in which it forks
 * (rdb.c, rdbSaveToSlavesSockets). SYNC it answers when there is something to send, and that may be a long value that
 * has to be compressed first. Throws an Error that says why there is none.
 */
export async function rdbFrom(address: BackendAddress): Promise<Readable> {
  const { host, port, path } = address;
  const socket = connect(path === undefined ? { host, port } : { path });
  socket.on('error', () => undefined); // whoever reads is told
  const problem = (text: string) => socket.destroy(new Error(text));
  socket.setTimeout(CONNECT_WITHIN_MS, () =>
    problem(`Redis said nothing for ${String((socket.timeout ?? 0) / 1000)} s`),
  );
  try {
    const received = new Received(socket);
    if (address.password !== '') await told(received, 'AUTH', address.username, address.password);
    await told(received, 'REPLCONF', 'rdb-only', '1');
    await told(received, 'REPLCONF', 'capa', 'eof');
    socket.setTimeout(SILENT_MS_MAX);
    socket.write(command('PSYNC', '?', '-1'));
    const answer = await received.line();
    if (!answer.startsWith('+FULLRESYNC ')) throw refusalOf('PSYNC', answer);
    const rdb = Readable.from(received.rdb(), { objectMode: false });
    // Read to its end, given up, or never begun.
    rdb.once('close', () => socket.destroy());
    return rdb;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function told(received: Received, ...words: string[]): Promise<void> {
  received.socket.write(command(...words));
  const answer = await received.line();
  if (answer !== '+OK') throw refusalOf(words[0] ?? '', answer);
}

function refusalOf(word: string, answer: string): Error {
  const isForbidden = /^-NOPERM/.test(answer);
  const wayOut = isForbidden ? '; give a user that may run REPLCONF and PSYNC' : '';
  return new Error(`${word} was answered ${JSON.stringify(answer)}${wayOut}`);
}

/** What comes over a socket, read as fast as somebody wants it. */
class Received {
  #bytes = Buffer.alloc(0);
  readonly #chunks: AsyncIterator<Buffer>;

  constructor(readonly socket: Socket) {
    this.#chunks = (socket as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /** Without its end; empty ones are left out. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#bytes.indexOf(NEWLINE);
      if (end >= 0) {
        const line = this.#bytes.toString('latin1', 0, end).trim();
        this.#bytes = this.#bytes.subarray(end + 1);
        if (line !== '') return line;
      } else {
        if (this.#bytes.length > LINE_BYTES_MAX) throw new Error('Redis sends a line without end');
        this.#bytes = Buffer.concat([this.#bytes, await this.#more()]);
      }
    }
  }

  /** What follows the answer to PSYNC. */
  async *rdb(): AsyncGenerator<Buffer> {
    const header = await this.line();
    const [, mark, length] = /^\$(?:EOF:(.{40})|(\d+))$/.exec(header) ?? [];
    if (mark !== undefined) yield* this.#upToMark(Buffer.from(mark));
    else if (length !== undefined) yield* this.#upTo(Number(length));
    else throw refusalOf('PSYNC', header);
  }

  async *#upTo(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      const chunk = this.#bytes.length > 0 ? this.#bytes : await this.#more();
      this.#bytes = Buffer.alloc(0);
      yield chunk.subarray(0, left);
      left -= Math.min(left, chunk.length);
    }
  }

  /** Without the mark: what may be its beginning is held back. */
  async *#upToMark(mark: Buffer): AsyncGenerator<Buffer> {
    let held = this.#bytes;
    for (;;) {
      if (held.length >= MARK_BYTES && held.subarray(-MARK_BYTES).equals(mark)) {
        if (held.length > MARK_BYTES) yield held.subarray(0, -MARK_BYTES);
        return;
      }
      const chunk = await this.#more();
      if (held.length > MARK_BYTES) {
        yield held.subarray(0, -MARK_BYTES);
        held = held.subarray(-MARK_BYTES);
      }
      held = Buffer.concat([held, chunk]);
    }
  }

  async #more(): Promise<Buffer> {
    const next = await this.#chunks.next();
    if (next.done === true)
      throw new Error('Redis closed the connection before all of it was sent');
    return next.value;
  }
}

function command(...words: string[]): string {
  const parts = words.map((word) => `$${String(Buffer.byteLength(word))}\r\n${word}\r\n`);
  return `*${String(words.length)}\r\n${parts.join('')}`;
}

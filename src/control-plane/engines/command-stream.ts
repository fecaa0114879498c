/** Many commands to a Redis, one behind the other, of which nothing is expected but that they are carried out. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { SimulatorError } from '../core/errors.js';
import type { BackendAddress } from '../../server/index.js';

/** While Redis deletes millions of keys, or takes a value of half a gigabyte, it answers nobody. */
const SILENT_MS_MAX = 120_000;
/** So many may be unanswered; Redis keeps a few bytes for each. */
const UNANSWERED_MAX = 10_000;
const LINE_END = '\r\n';

export class CommandStream {
  #unanswered = 0;
  #rest = '';
  #problem: Error | null = null;
  #isOfData = false;
  /** Called when something was answered, or there is room, or nothing will be answered any more. */
  #changed: () => void = () => undefined;

  private constructor(
    private readonly socket: Socket,
    silentMsMax: number,
  ) {
    const seconds = String(Math.round(silentMsMax / 1000));
    socket.setTimeout(silentMsMax, () =>
      socket.destroy(new Error(`Redis answered nothing for ${seconds} s`)),
    );
    socket.on('drain', () => this.#changed());
    socket.on('data', (bytes) => this.#read(bytes.toString('latin1')));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('Redis closed the connection')));
  }

  /** One that answers nothing for so long (ms) is given up. */
  static async open(
    { host, port, path, username, password }: BackendAddress,
    silentMsMax = SILENT_MS_MAX,
  ): Promise<CommandStream> {
    const socket = connect(path === undefined ? { host, port } : { path });
    const stream = new CommandStream(socket, silentMsMax);
    await once(socket, 'connect');
    if (password !== '') await stream.send(commandOf('AUTH', username, password), 1);
    return stream;
  }

  /** Whole commands, or parts of one; the last part says how many answers are due. Waits for room. Throws what Redis refused. */
  async send(bytes: Buffer, answers: number): Promise<void> {
    this.#unanswered += answers;
    const hasRoom = this.socket.write(bytes);
    await this.#until(() => this.#unanswered <= UNANSWERED_MAX && (hasRoom || !this.#isFull));
  }

  /** Resolves when everything was carried out. Throws what Redis refused. */
  async done(): Promise<void> {
    await this.#until(() => this.#unanswered === 0);
  }

  /** Resolves when everything before was carried out; what is refused from here on is data. Throws what Redis refused. */
  async dataFollows(): Promise<void> {
    await this.done();
    this.#isOfData = true;
  }

  close(): void {
    this.socket.destroy();
  }

  get #isFull(): boolean {
    return this.socket.writableNeedDrain;
  }

  async #until(isSo: () => boolean): Promise<void> {
    for (;;) {
      if (this.#problem) throw this.#problem;
      if (isSo()) return;
      await new Promise<void>((resolve) => {
        this.#changed = resolve;
      });
    }
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split(LINE_END);
    this.#rest = lines.pop() ?? '';
    // FUNCTION LOAD answers with a name, and its length ahead.
    this.#unanswered -= lines.filter((line) => !line.startsWith('$')).length;
    const refused = lines.find((line) => line.startsWith('-'));
    if (refused !== undefined) this.#fail(refusalOf(refused, this.#isOfData));
    this.#changed();
  }

  #fail(problem: Error): void {
    this.#problem ??= problem;
    this.#changed();
  }
}

/** Data that Redis will not take the next time either; what comes of its state or its users alone may be otherwise by then. */
function refusalOf(line: string, isOfData: boolean): Error {
  const problem = `Redis answered ${JSON.stringify(line)}`;
  const isOfState = /^-(LOADING|BUSY|MISCONF|MASTERDOWN|UNKILLABLE) /.test(line);
  if (!isOfData || isOfState) return new Error(problem);
  return new SimulatorError('BackupNotLoadable', { problem });
}

/** As a client sends it: texts, and bytes as they are. */
export function commandOf(...words: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat([Buffer.from(`*${String(words.length)}${LINE_END}`), wordsOf(...words)]);
}

/** A part of a command. */
export function wordsOf(...words: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    words.flatMap((word) => {
      const bytes = Buffer.from(word);
      return [Buffer.from(`$${String(bytes.length)}${LINE_END}`), bytes, Buffer.from(LINE_END)];
    }),
  );
}

/** The scenario's application: a connection to each instance that stays open as long as the instance lets it. */
import { Redis } from 'ioredis';

/** What came of a command. */
export type Reply = { readonly value: unknown } | { readonly refused: string };

const WAIT_MS = 10_000;

export class RedisLines {
  readonly #open = new Map<string, Redis>();

  /** An error line of Redis, and no connection, are answers like others. */
  async send(url: string | null, command: readonly string[]): Promise<Reply> {
    if (url === null) return { refused: 'no connection: the instance has no endpoint any more' };
    const [name = '', ...args] = command;
    try {
      return { value: await this.#lineTo(url).call(name, ...args) };
    } catch (error) {
      const { message, name: kind } = error as Error;
      return { refused: kind === 'ReplyError' ? message : `no connection: ${message}` };
    }
  }

  close(): void {
    for (const line of this.#open.values()) line.disconnect();
    this.#open.clear();
  }

  #lineTo(url: string): Redis {
    const known = this.#open.get(url);
    if (known && known.status !== 'end') return known;
    const line = new Redis(url, {
      retryStrategy: () => null,
      commandTimeout: WAIT_MS,
      enableReadyCheck: false,
    });
    line.on('error', () => undefined); // each command says so by itself
    this.#open.set(url, line);
    return line;
  }
}

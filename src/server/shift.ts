/**
 * One endpoint while time moves. Where data may have expiries, nobody's commands get to Redis; elsewhere only those
 * that may give one wait. So what Redis has stands still while its expiries are moved, and no time that a client has
 * told is stored by the old clock after that.
 */
import { CAUGHT_UP_MS_MAX, CaughtUp } from './caught-up.js';
import type { BackendAddress } from './endpoint-spec.js';

/** Which commands wait. */
export type Waiting = 'none' | 'givers' | 'all';

/** What a shift needs of a session. */
export interface Shifted {
  /** Nothing more is read of its client. */
  hold(): void;
  /** Its client is read again; what waited is decided now. */
  goOn(): void;
  /** Resolves when all that was passed on is the system's, or the connection has ended. */
  written(): Promise<void>;
  /** It may give an expiry, or change data at all, by what it has sent already. */
  owes(what: 'expiry' | 'write'): boolean;
}

/** What one connection may have waiting for a Redis that does not read it does not hold up time for longer. */
const WRITTEN_MS_MAX = 1_000;

export class Shift {
  waiting: Waiting = 'none';
  /** A command that may give an expiry was passed since the last end. */
  #gaveExpiry = false;
  /** There may be bytes in sockets to Redis. */
  #hasSent = false;
  #asker: CaughtUp | null = null;
  #settled: Promise<void> | null = null;

  /** @param msMax how long Redis has to carry out what got to it (real ms). */
  constructor(
    private readonly sessions: ReadonlySet<Shifted>,
    private readonly msMax = CAUGHT_UP_MS_MAX,
  ) {}

  /** A session begins. */
  joined(session: Shifted): void {
    this.#hasSent = true;
    if (this.waiting === 'all') session.hold();
  }

  gaveExpiry(): void {
    this.#gaveExpiry = true;
  }

  /** Returns whether all commands are held: then `settled` is to be waited for. Repeating it is harmless. */
  begin(isVolatile: boolean): boolean {
    const isWhole = isVolatile || this.#gaveExpiry || this.waiting === 'all';
    if (!isWhole) {
      this.waiting = 'givers';
      return false;
    }
    if (this.waiting !== 'all') {
      this.waiting = 'all';
      for (const session of this.sessions) session.hold();
      this.#settled = null;
    }
    return true;
  }

  /**
   * Resolves when what got to Redis before all commands were held has been carried out. Throws an Error where Redis
   * cannot be asked, or does not answer in time; the commands are held all the same.
   */
  async settled(backend: BackendAddress | null): Promise<void> {
    this.#settled ??= this.#settle(backend);
    try {
      await this.#settled;
    } catch (error) {
      this.#settled = null; // whoever asks again shall have another answer
      throw error;
    }
  }

  end(): void {
    if (this.waiting === 'none') return;
    this.waiting = 'none';
    this.#settled = null;
    this.#gaveExpiry = [...this.sessions].some((session) => session.owes('expiry'));
    for (const session of this.sessions) session.goOn();
  }

  /** Whoever waits for `begin` waits no longer. */
  close(): void {
    this.#asker?.close();
  }

  async #settle(backend: BackendAddress | null): Promise<void> {
    if (!backend || !this.#hasSent) return;
    const handedOver = Promise.all([...this.sessions].map((session) => session.written()));
    await atMost(WRITTEN_MS_MAX, handedOver);
    if (this.#asker?.address !== backend) this.#asker?.close();
    if (!this.#asker || this.#asker.isOver) this.#asker = new CaughtUp(backend, this.msMax);
    await this.#asker.whenRead();
    this.#hasSent = this.sessions.size > 0;
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}

/**
 * Load on demand, in virtual time. On a running clock it goes on for as long as that takes. On a frozen one it is made
 * for a moment of real time and measured, and the clock is put forward by a part of the way as if it had gone on like
 * that; then again, so that what follows from it, such as a narrowed ceiling, shows in what is measured next.
 */
import { afterReal, type VirtualClock } from './clock.js';
import type { Instant } from './core/duration.js';
import { SimulatorError } from './core/errors.js';
import type { LoadFigures, LoadMaker, LoadSpec } from './load-port.js';
import type { Sampler } from './sampler.js';

/** So long load is made before it is measured (real ms): longer than the meters' window. */
const BURST_MS = 1_500;
/** A part of the way is so long (virtual ms), and longer where there would be more parts than this. */
const PART_MS = 60_000;
const PARTS_MAX = 10;
/** How often a running clock is looked at (real ms). */
const LOOK_EVERY_MS = 100;

/** Of a control plane. */
export interface LoadingParts {
  readonly clock: Pick<VirtualClock, 'now' | 'rate'>;
  readonly sampler: Pick<Sampler, 'read' | 'setLoad'>;
  advanceTo(target: (now: Instant) => Instant): Promise<number>;
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

export class Loading {
  /** By instance: what ends it. */
  readonly #underWay = new Map<string, AbortController>();

  constructor(
    private readonly maker: LoadMaker,
    private readonly parts: LoadingParts,
  ) {}

  /** Resolves when the time is over, and what came of it can be read. Throws LoadUnderWay, and what an advance throws. */
  async make(spec: LoadSpec, forMs: number): Promise<LoadFigures> {
    const { instanceId } = spec;
    if (this.#underWay.has(instanceId))
      throw new SimulatorError('LoadUnderWay', { id: instanceId });
    const ending = new AbortController();
    this.#underWay.set(instanceId, ending);
    const { clock, sampler } = this.parts;
    const running = this.maker.start(spec);
    const measure = () => this.parts.inTurn(() => sampler.read());
    let figures: LoadFigures | undefined;
    try {
      await running.begun;
      sampler.setLoad(instanceId, true);
      await measure();
      if (clock.rate === 0) await this.#inParts(forMs, ending.signal);
      else await this.#asTimeGoes(forMs, ending.signal);
      await measure();
    } finally {
      figures = await running.stop();
      sampler.setLoad(instanceId, false);
      this.#underWay.delete(instanceId);
    }
    // What is read last is of a moment without it.
    await measure();
    await pause(BURST_MS);
    await measure();
    return figures;
  }

  /** True where there was one; of all instances without one. */
  stop(instanceId?: string): boolean {
    const some = [...this.#underWay].filter(
      ([id]) => instanceId === undefined || id === instanceId,
    );
    for (const [, ending] of some) ending.abort();
    return some.length > 0;
  }

  async #inParts(forMs: number, ending: AbortSignal): Promise<void> {
    const parts = Math.min(PARTS_MAX, Math.max(1, Math.ceil(forMs / PART_MS)));
    const end = this.parts.clock.now() + forMs;
    for (let left = parts; left > 0; left -= 1) {
      await pause(BURST_MS, ending);
      if (ending.aborted) return;
      // The advance measures before time moves, and what it measured holds until it has moved.
      const count = left;
      await this.parts.advanceTo((now) => now + Math.max(0, Math.ceil((end - now) / count)));
    }
  }

  async #asTimeGoes(forMs: number, ending: AbortSignal): Promise<void> {
    const { clock } = this.parts;
    const end = clock.now() + forMs;
    while (clock.now() < end && !ending.aborted) await pause(LOOK_EVERY_MS, ending);
  }
}

/** Ends early when `ending` does. */
function pause(ms: number, ending?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ending?.aborted) {
      resolve();
      return;
    }
    const callOff = afterReal(ms, resolve);
    const early = (): void => {
      callOff();
      resolve();
    };
    ending?.addEventListener('abort', early, { once: true });
  });
}

/** What meters are said to say, in place of what they say: for tests of what follows from it. Kept until it ends. */
import type { Instant } from './core/duration.js';
import type { MeterName, MeterValues, Sized } from './core/meters.js';
import { withRatios } from './core/reading.js';
import type { Injection, MeterStore } from './ports.js';

export class Injections {
  #all: readonly Injection[];

  constructor(private readonly store: Pick<MeterStore, 'injections' | 'saveInjections'>) {
    this.#all = store.injections();
  }

  /** In place of what was said of the same meters. */
  add(instanceId: string, values: MeterValues, until: Instant): void {
    const added = (Object.entries(values) as [MeterName, number][]).map(([meter, value]) => ({
      ...{ instanceId, meter, value, until },
    }));
    const isReplaced = (one: Injection) =>
      one.instanceId === instanceId && values[one.meter] !== undefined;
    this.#save([...this.#all.filter((one) => !isReplaced(one)), ...added]);
  }

  /** Those that end at `now` are over. */
  forgetEnded(now: Instant): void {
    const left = this.#all.filter(({ until }) => until > now);
    if (left.length < this.#all.length) this.#save(left);
  }

  /** When the first one ends that has not ended by `now`. */
  nextEnd(now: Instant): Instant {
    const ends = this.#all.map(({ until }) => until).filter((until) => until > now);
    return Math.min(...ends, Infinity);
  }

  /** What the meters say with it; a ratio follows what it is of, unless it was injected itself. */
  over(
    instance: Sized & { readonly id: string },
    measured: MeterValues,
  ): { readonly values: MeterValues; readonly injected: boolean } {
    const own = this.#all.filter(({ instanceId }) => instanceId === instance.id);
    if (own.length === 0) return { values: measured, injected: false };
    const said = Object.fromEntries(own.map(({ meter, value }) => [meter, value])) as MeterValues;
    return {
      values: { ...withRatios(instance, { ...measured, ...said }), ...said },
      injected: true,
    };
  }

  clear(): void {
    this.#save([]);
  }

  #save(all: readonly Injection[]): void {
    this.#all = all;
    this.store.saveInjections(all);
  }
}

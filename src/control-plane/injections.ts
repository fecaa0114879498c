/** What meters are said to say, in place of what they say: for tests of what follows from it. Kept until it ends. */
import type { Instant } from './core/duration.js';
import type { Sized } from './core/ceilings.js';
import type { MeterName, MeterValues } from './core/meters.js';
import { withRatios } from './core/reading.js';
import type { Injection, MeterStore } from './meter-store.js';

type Metered = Sized & { readonly id: string };

export class Injections {
  constructor(private readonly store: Pick<MeterStore, 'injections' | 'saveInjections'>) {}

  /** Read again whenever asked for: a rollback of the world takes them, too. */
  get #all(): readonly Injection[] {
    return this.store.injections();
  }

  /** In place of what was said of the same meters. */
  add(instanceId: string, values: MeterValues, until: Instant): void {
    const added = (Object.entries(values) as [MeterName, number][]).map(([meter, value]) => ({
      ...{ instanceId, meter, value, until },
    }));
    const isReplaced = (one: Injection) =>
      one.instanceId === instanceId && values[one.meter] !== undefined;
    const others = this.#all.filter((one) => !isReplaced(one));
    this.store.saveInjections([...others, ...added]);
  }

  /** Those that end at `now` are over, and that was told. */
  forgetEnded(now: Instant): void {
    const all = this.#all;
    const left = all.filter(({ until }) => until > now);
    if (left.length < all.length) this.store.saveInjections(left);
  }

  /** When the first one ends that has not ended by `now`. */
  nextEnd(now: Instant): Instant {
    const ends = this.#all.map(({ until }) => until).filter((until) => until > now);
    return Math.min(...ends, Infinity);
  }

  /** What the meters of an instance are said to say: a ratio follows what it is of, unless it was said itself. */
  of(instance: Metered, now: Instant): MeterValues {
    return this.#said(instance, ({ until }) => until > now);
  }

  /** What they were said to say until now. */
  over(instance: Metered, now: Instant): MeterValues {
    return this.#said(instance, ({ until }) => until <= now);
  }

  #said(instance: Metered, isMeant: (one: Injection) => boolean): MeterValues {
    const own = this.#all.filter((one) => one.instanceId === instance.id && isMeant(one));
    const said = Object.fromEntries(own.map(({ meter, value }) => [meter, value])) as MeterValues;
    return { ...withRatios(instance, said), ...said };
  }
}

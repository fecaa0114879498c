/**
 * Reads the meters: every five seconds of real time, and within an advance when time begins to move, when it has
 * moved, and now and then on the way. What is read is what is outside now; the virtual clock says when it is.
 *
 *   engine counts ──┐
 *                   ├─▶ look ─▶ values since the look before ─▶ what was injected over it ─▶ history, observer
 *   endpoints count ┘
 *
 * A flow is measured over a second of real time at least: of less, a single command would look like a flood.
 */
import { afterReal, realMs, type VirtualClock } from './clock.js';
import { assertThat } from './core/assert.js';
import type { Instant } from './core/duration.js';
import type { MeterValues, Reading, Told } from './core/meters.js';
import { valuesOf, type Look, type TrafficCounts } from './core/reading.js';
import { isUp } from './core/state-facts.js';
import type { Instance, World } from './core/world.js';
import { inParallel } from './in-parallel.js';
import { Injections } from './injections.js';
import type { MeterStore } from './meter-store.js';
import type { DataPlane, Engine } from './ports.js';

/** As the vendor's finest granularity (real ms). */
const EVERY_MS = 5_000;
/** Flows are told over so long at least (real ms). */
const WINDOW_MS = 1_000;
/** Within an advance, no more than a twentieth of the time is spent on looking at the outside. */
const REST_FOR_EACH_LOOK = 20;
/** So many engines are asked at the same time: each that answers takes a processor from somebody's clients. */
const AT_ONCE = 4;

export interface SamplerParts {
  readonly engine: Pick<Engine, 'counts'>;
  readonly dataPlane: Pick<DataPlane, 'traffic'>;
  readonly store: { readonly meters: MeterStore };
  readonly clock: Pick<VirtualClock, 'now' | 'rate'>;
  readonly world: () => Pick<World, 'instances'>;
  /** Does a piece of work in its turn, on what is due before it. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
  /** What follows from readings: what was measured and what was injected are told apart, each by itself. Within a turn. */
  readonly observe: (readings: readonly Told[]) => Promise<void>;
  readonly log: (line: string) => void;
}

/** The last two looks that are a window apart. */
interface Window {
  readonly older: Look | null;
  readonly newer: Look;
}

export class Sampler {
  readonly #windows = new Map<string, Window>();
  readonly #latest = new Map<string, Reading>();
  readonly #injections: Injections;
  /** Where load is made on demand. */
  readonly #loaded = new Set<string>();
  #lastLookMs = -Infinity;
  #lookTookMs = 0;
  #callOff = (): void => undefined;
  #closed = false;

  constructor(private readonly parts: SamplerParts) {
    this.#injections = new Injections(parts.store.meters);
  }

  /** From now on the meters are read again and again. */
  start(): void {
    if (!this.#closed) this.#callOff = afterReal(this.#untilNextMs(), () => void this.#tick());
  }

  close(): void {
    this.#closed = true;
    this.#callOff();
  }

  /** What an instance's meters said last; undefined: they were not read yet. */
  latest(instanceId: string): Reading | undefined {
    return this.#latest.get(instanceId);
  }

  /** What passed the endpoints until now, by instance; nothing of any where the data plane does not answer. */
  async passed(): Promise<ReadonlyMap<string, TrafficCounts>> {
    const all = await this.parts.dataPlane.traffic().catch(() => []);
    return new Map(all.map((one) => [one.instanceId, one]));
  }

  /** Within a turn: reads all meters now, keeps what they say, and lets follow what follows. What cannot be read fails nothing. */
  async read(): Promise<void> {
    const looks = await this.#look();
    await this.#take(looks);
  }

  /** Within an advance, after some of its steps: reads where that was not done a moment ago. */
  async passing(): Promise<void> {
    const restMs = Math.max(EVERY_MS, this.#lookTookMs * REST_FOR_EACH_LOOK);
    if (realMs() - this.#lastLookMs >= restMs) await this.read();
  }

  /** When by itself something changes that meters say. */
  nextChange(): Instant {
    return this.#injections.nextEnd(this.parts.clock.now());
  }

  /** Within a turn: until then, the meters of an instance in service say that. Resolves with what all of them say now. */
  async inject(instanceId: string, values: MeterValues, until: Instant): Promise<Reading> {
    this.#injections.add(instanceId, values, until);
    await this.read();
    const reading = this.#latest.get(instanceId);
    assertThat(reading !== undefined, `${instanceId} is in service and was not read`);
    return reading;
  }

  /** Load is made on demand, or no longer: flows are measured from now on. */
  setLoad(instanceId: string, isMade: boolean): void {
    this.#windows.delete(instanceId);
    if (isMade) this.#loaded.add(instanceId);
    else this.#loaded.delete(instanceId);
  }

  async #tick(): Promise<void> {
    try {
      // Outside of any turn: a Redis that is slow to answer holds up no decision.
      const looks = await this.#look();
      const lookedMs = this.#lastLookMs;
      await this.parts.inTurn(async () => {
        // An advance may have looked since.
        if (!this.#closed && this.#lastLookMs === lookedMs) await this.#take(looks);
      });
    } catch (error) {
      if (!this.#closed) this.parts.log(`meters were not read: ${String(error)}`);
    }
    this.start();
  }

  /** A clock that keeps real time is read at its whole fives, so that no step of the history is missed. */
  #untilNextMs(): number {
    const { clock } = this.parts;
    return clock.rate === 1 ? EVERY_MS - (clock.now() % EVERY_MS) + 1 : EVERY_MS;
  }

  async #look(): Promise<ReadonlyMap<string, Look>> {
    const up = [...this.parts.world().instances.values()].filter(isMetered);
    const looks = new Map<string, Look>();
    const begunMs = realMs();
    const { engine } = this.parts;
    const passed = await this.passed();
    const at = realMs();
    await inParallel(AT_ONCE, up, async ({ id }) => {
      // Of one that is not up, or on its way down, there is nothing to tell.
      const counted = await engine.counts(id).catch(() => null);
      looks.set(id, { realMs: at, traffic: passed.get(id) ?? null, engine: counted });
    });
    this.#lastLookMs = realMs();
    this.#lookTookMs = this.#lastLookMs - begunMs;
    return looks;
  }

  async #take(looks: ReadonlyMap<string, Look>): Promise<void> {
    const at = this.parts.clock.now();
    const readings: Reading[] = [];
    const told: Told[] = [];
    for (const instance of this.parts.world().instances.values()) {
      const look = looks.get(instance.id);
      if (!look || !isMetered(instance)) continue;
      const measured = this.#measured(instance, look, at);
      const said = this.#injections.of(instance, at);
      const over = without(this.#injections.over(instance, at), { ...measured.values, ...said });
      const injected = Object.keys(said).length > 0;
      const reading = { ...measured, values: { ...measured.values, ...said }, injected };
      this.#latest.set(instance.id, reading);
      readings.push(reading);
      told.push({ ...measured, values: without(measured.values, said), over });
      if (injected) told.push({ ...measured, values: said, injected });
    }
    for (const id of this.#windows.keys()) if (!looks.has(id)) this.#forgetOne(id);
    if (readings.length > 0) {
      this.parts.store.meters.record(readings);
      await this.parts.observe(told);
    }
    // Not before: should this be the end of us, it is told when we are back.
    this.#injections.forgetEnded(at);
  }

  #measured(instance: Instance, look: Look, at: Instant): Reading {
    const window = this.#windows.get(instance.id);
    const before = window && isApart(window.newer, look) ? window.newer : (window?.older ?? null);
    if (!window || before === window.newer) {
      this.#windows.set(instance.id, { older: window?.newer ?? null, newer: look });
    }
    const values = valuesOf(instance, before, look);
    const load = this.#loaded.has(instance.id);
    return { instanceId: instance.id, at, values, injected: false, load };
  }

  #forgetOne(instanceId: string): void {
    this.#windows.delete(instanceId);
    this.#latest.delete(instanceId);
  }
}

/** Its Redis is up, and was so once: there is something to meter. */
function isMetered(instance: Instance): boolean {
  return instance.createdAt !== null && isUp(instance);
}

function without(values: MeterValues, others: MeterValues): MeterValues {
  const left = Object.entries(values).filter(([name]) => !Object.hasOwn(others, name));
  return Object.fromEntries(left);
}

function isApart(before: Look, now: Look): boolean {
  return now.realMs - before.realMs >= WINDOW_MS;
}

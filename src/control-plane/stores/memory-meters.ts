/** Readings in memory, as far as they are kept. */
import type { Instant } from '../core/duration.js';
import { gathered, LEVELS, pointOf, type Point } from '../core/meter-history.js';
import type { Reading } from '../core/meters.js';
import type { Injection, MeterStore, PointFilter } from '../meter-store.js';

export class MemoryMeters implements MeterStore {
  /** By level, then by instance: points in order of time. */
  readonly #levels = LEVELS.map(() => new Map<string, Point[]>());
  #newest: Instant = -Infinity;
  #injections: readonly Injection[] = [];

  record(readings: readonly Reading[]): void {
    for (const reading of readings) {
      this.#newest = Math.max(this.#newest, reading.at);
      LEVELS.forEach(({ stepMs }, i) => this.#add(i, reading, stepMs));
    }
    LEVELS.forEach(({ keepMs }, i) => this.#forget(i, this.#newest - keepMs));
  }

  points({ instanceId, stepMs, from, to }: PointFilter): readonly Point[] {
    const level = LEVELS.findIndex((one) => one.stepMs === stepMs);
    const points = this.#levels[level]?.get(instanceId) ?? [];
    return points.filter(({ at }) => at >= from && at <= to);
  }

  injections(): readonly Injection[] {
    return this.#injections;
  }

  saveInjections(injections: readonly Injection[]): void {
    this.#injections = injections;
  }

  /** And what was injected. */
  forgetAfter(at: Instant): void {
    this.#injections = [];
    this.#newest = Math.min(this.#newest, at);
    for (const level of this.#levels) {
      for (const [id, points] of level) {
        level.set(
          id,
          points.filter((point) => point.at <= at),
        );
      }
    }
  }

  #add(level: number, reading: Reading, stepMs: number): void {
    const points = this.#pointsOf(level, reading.instanceId);
    const point = pointOf(reading, stepMs);
    const last = points.at(-1);
    if (last?.at !== point.at) points.push(point);
    else points[points.length - 1] = level === 0 ? point : gathered(last, point);
  }

  #pointsOf(level: number, instanceId: string): Point[] {
    const byInstance = this.#levels[level];
    const points = byInstance?.get(instanceId) ?? [];
    byInstance?.set(instanceId, points);
    return points;
  }

  #forget(level: number, before: Instant): void {
    for (const [instanceId, points] of this.#levels[level] ?? []) {
      const first = points.findIndex(({ at }) => at >= before);
      if (first === -1) this.#levels[level]?.delete(instanceId);
      else points.splice(0, first);
    }
  }
}

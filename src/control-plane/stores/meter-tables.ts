/** Readings in SQLite, as far as they are kept: a line for each step of each level. */
import type Database from 'better-sqlite3';
import type { Instant } from '../core/duration.js';
import { gathered, LEVELS, pointOf, stepOf, type Point } from '../core/meter-history.js';
import type { MeterName, MeterValues, Reading } from '../core/meters.js';
import type { Injection, MeterStore, PointFilter } from '../meter-store.js';

export const METER_TABLES = `
  CREATE TABLE meter_points (
    instance_id TEXT NOT NULL, step_ms INTEGER NOT NULL, at INTEGER NOT NULL, count INTEGER NOT NULL,
    injected INTEGER NOT NULL, load INTEGER NOT NULL, "values" TEXT NOT NULL,
    PRIMARY KEY (instance_id, step_ms, at)) STRICT, WITHOUT ROWID;
  CREATE INDEX meter_points_by_age ON meter_points (step_ms, at);
  CREATE TABLE meter_injections (
    instance_id TEXT NOT NULL, meter TEXT NOT NULL, value REAL NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (instance_id, meter)) STRICT, WITHOUT ROWID;
`;

/** What is too old is looked for when time has gone on by so much of what is kept: no more than that is kept too long. */
const FORGET_EVERY = 1 / 20;

interface StoredPoint {
  readonly at: number;
  readonly count: number;
  readonly injected: number;
  readonly load: number;
  readonly values: string;
}

interface StoredInjection {
  readonly instance_id: string;
  readonly meter: MeterName;
  readonly value: number;
  readonly until: Instant;
}

export class MeterTables implements MeterStore {
  readonly record: (readings: readonly Reading[]) => void;
  readonly saveInjections: (injections: readonly Injection[]) => void;
  readonly #db: Database.Database;
  readonly #put: Database.Statement;
  readonly #find: Database.Statement<unknown[], StoredPoint>;
  readonly #forget: Database.Statement;
  /** By level: up to where it was looked for what is too old. */
  readonly #forgotten = LEVELS.map(() => -Infinity);

  constructor(db: Database.Database) {
    this.#db = db;
    this.#put = db.prepare(
      `INSERT INTO meter_points (instance_id, step_ms, at, count, injected, load, "values")
       VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (instance_id, step_ms, at) DO UPDATE SET
       count = excluded.count, injected = excluded.injected, load = excluded.load, "values" = excluded."values"`,
    );
    this.#find = db.prepare(
      `SELECT at, count, injected, load, "values" FROM meter_points
       WHERE instance_id = ? AND step_ms = ? AND at BETWEEN ? AND ? ORDER BY at`,
    );
    this.#forget = db.prepare('DELETE FROM meter_points WHERE step_ms = ? AND at < ?');
    this.record = db.transaction((readings: readonly Reading[]) => {
      if (readings.length === 0) return;
      for (const reading of readings) this.#add(reading);
      const newest = Math.max(...readings.map(({ at }) => at));
      LEVELS.forEach((_, i) => this.#forgetOld(i, newest));
    });
    this.saveInjections = db.transaction((injections: readonly Injection[]) => {
      db.exec('DELETE FROM meter_injections');
      const put = db.prepare(
        'INSERT INTO meter_injections (instance_id, meter, value, until) VALUES (?, ?, ?, ?)',
      );
      for (const { instanceId, meter, value, until } of injections) {
        put.run(instanceId, meter, value, until);
      }
    });
  }

  points({ instanceId, stepMs, from, to }: PointFilter): readonly Point[] {
    return this.#find.all(instanceId, stepMs, from, to).map(pointFrom);
  }

  injections(): readonly Injection[] {
    return this.#db
      .prepare<[], StoredInjection>('SELECT * FROM meter_injections')
      .all()
      .map(({ instance_id, meter, value, until }) => ({
        ...{ instanceId: instance_id, meter, value, until },
      }));
  }

  /** And what was injected. Within the caller's transaction. */
  forgetAfter(at: Instant): void {
    this.#db.prepare('DELETE FROM meter_points WHERE at > ?').run(at);
    this.#db.exec('DELETE FROM meter_injections');
    this.#forgotten.fill(-Infinity);
  }

  #add(reading: Reading): void {
    const { instanceId } = reading;
    LEVELS.forEach(({ stepMs }, level) => {
      const point = pointOf(reading, stepMs);
      const before = level === 0 ? undefined : this.#at(instanceId, stepMs, point.at);
      const { at, count, injected, load, values } = before ? gathered(before, point) : point;
      const row = [count, Number(injected), Number(load), JSON.stringify(values)];
      this.#put.run(instanceId, stepMs, at, ...row);
    });
  }

  #at(instanceId: string, stepMs: number, at: Instant): Point | undefined {
    const found = this.#find.get(instanceId, stepMs, at, at);
    return found && pointFrom(found);
  }

  #forgetOld(level: number, newest: Instant): void {
    const { stepMs = 1, keepMs = 0 } = LEVELS[level] ?? {};
    const before = stepOf(newest - keepMs, stepMs);
    if (before < (this.#forgotten[level] ?? 0) + keepMs * FORGET_EVERY) return;
    this.#forgotten[level] = before;
    this.#forget.run(stepMs, before);
  }
}

function pointFrom({ at, count, injected, load, values }: StoredPoint): Point {
  const marks = { injected: injected === 1, load: load === 1 };
  return { at, count, ...marks, values: JSON.parse(values) as MeterValues };
}

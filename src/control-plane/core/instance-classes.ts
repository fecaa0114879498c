/** What an instance is by its class: size, ceilings and price. Those that are shipped: class-data.ts; a user's own: own-classes.ts. */
import { assertThat } from './assert.js';
import { INSTANCE_CLASSES, type InstanceClass } from './class-data.js';

export { CLASS_FACTS, INSTANCE_CLASSES } from './class-data.js';
export type { ClassFact, InstanceClass } from './class-data.js';

export const DEFAULT_INSTANCE_CLASS = 'redis.master.small.default';

/** Names a class for good: one of those shipped, or a user's own with a mark of its content (`mine-1k2j3h`). */
export type ClassId = string;

/** By id. What an id stands for never changes, so this is no more than a memory of what was read. */
const known = new Map<ClassId, InstanceClass>(Object.entries(INSTANCE_CLASSES));

/** Makes a class known under its id; again and again, where it is the same. */
export function learnClass(id: ClassId, row: InstanceClass): void {
  if (!known.has(id)) known.set(id, row);
}

/** Of one that an instance, an order or a price has: it was known when they were made. */
export function classOf(id: ClassId): InstanceClass {
  const row = known.get(id);
  assertThat(row !== undefined, `there is an instance of unknown class ${id}`);
  return row;
}

export function isKnownClass(id: ClassId): boolean {
  return known.has(id);
}

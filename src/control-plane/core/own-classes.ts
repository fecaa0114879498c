/**
 * A user's own instance classes. Each is kept under an id that its content gives, so that what was sold as one goes on as
 * that, whatever is added under its name later.
 */
import { contentMark } from './content-mark.js';
import type { Draft } from './draft.js';
import type { Instant } from './duration.js';
import { SimulatorError } from './errors.js';
import {
  INSTANCE_CLASSES,
  learnClass,
  type ClassId,
  type InstanceClass,
} from './instance-classes.js';
import type { World } from './world.js';

/** One that is named, and not known yet. */
export interface NamedClass {
  readonly name: string;
  readonly row: InstanceClass;
}

/** The class itself, and what it is called: money stands in the record's own fields, as stores want it. */
export interface ClassRecord extends InstanceClass {
  readonly id: string;
  readonly name: string;
  readonly classId: ClassId;
  readonly addedAt: Instant;
}

type Known = Pick<World, 'records'>;

/** Those of a world that was read from a store are known from then on. */
export function learnOwnClasses(world: Known): void {
  for (const record of ownClasses(world)) learnClass(record.classId, record);
}

/** Newest last. */
export function ownClasses({ records }: Known): ClassRecord[] {
  return [...(records.classes?.values() ?? [])];
}

/** Checked before: see classes-file.ts. Those that are there already are not added again. Returns the ids. */
export function addClasses(draft: Draft, classes: readonly NamedClass[]): ClassId[] {
  const ids = classes.map(({ name, row }) => {
    const classId = `${name}-${contentMark(row)}`;
    learnClass(classId, row);
    const newest = draft.records('classes').findLast((one) => one.name === name);
    if (newest?.classId === classId) return classId;
    const id = draft.nextId('classes');
    draft.putRecord('classes', { ...row, id, name, classId, addedAt: draft.at });
    draft.event({
      type: 'classes-added',
      text: `instance class ${name} added as ${classId}`,
      data: { name, classId },
    });
    return classId;
  });
  return ids;
}

/** By a name that is shipped, by that of a user's own (the newest), or by id. Throws UnknownInstanceClass. */
export function classIdOf(world: Known, name: string): ClassId {
  if (Object.hasOwn(INSTANCE_CLASSES, name)) return name;
  const own = ownClasses(world);
  const found =
    own.findLast((one) => one.name === name) ?? own.find(({ classId }) => classId === name);
  if (found) return found.classId;
  const known = [...new Set([...own.map((one) => one.name), ...Object.keys(INSTANCE_CLASSES)])];
  throw new SimulatorError('UnknownInstanceClass', { value: name, known: known.join(', ') });
}

/** What can be bought: the instance classes that are shipped, and a user's own. */
import { Type, type Static } from 'typebox';
import { SimulatorError } from '../core/errors.js';
import { CLASS_FACTS, classOf, INSTANCE_CLASSES, type ClassId } from '../core/instance-classes.js';
import { formatMoney } from '../core/money.js';
import { addClasses, classIdOf, ownClasses } from '../core/own-classes.js';
import { mistakes } from '../core/own-terms.js';
import { priceOf } from '../core/prices.js';
import type { ControlPlane } from '../control-plane.js';
import { readClasses } from '../classes-file.js';
import { defineAction } from './action.js';
import { json } from './json-field.js';
import { money } from './view-fields.js';

const MEGABYTE = 1024 ** 2;

export const classView = Type.Object(
  {
    name: Type.String({ description: 'What instances are created with' }),
    id: Type.String({ description: 'Of this version, for good; the name, where it is shipped' }),
    title: Type.String({ description: 'What kind of instance it is' }),
    memory: Type.Number({ description: 'MB' }),
    connections: Type.Integer({ description: 'Clients at once' }),
    newConnections: Type.Integer({ description: 'New clients in a second' }),
    bandwidth: Type.Number({ description: 'MB/s, each way' }),
    qps: Type.Integer({ description: 'Commands in a second: a reference value, no limit' }),
    cpu: Type.Number({ description: 'Processors; seen to with the Docker engine' }),
    engineVersions: Type.Array(Type.String(), { description: 'What the vendor sells it with' }),
    backups: Type.Boolean({ description: 'Whether there are daily backups of it' }),
    pricePerHour: money('As pay-as-you-go, today'),
    pricePerMonth: money('As a subscription, today'),
    sources: Type.Record(Type.String(), Type.String(), {
      description: 'Where each number comes from, and which was taken where sources differ',
    }),
  },
  { title: 'A class' },
);
export type ClassView = Static<typeof classView>;

export const ListClasses = defineAction({
  name: 'ListClasses',
  method: 'GET',
  path: '/v1/classes',
  summary: "List the instance classes: those that are shipped, and a user's own.",
  cli: { command: 'classes list' },
  input: Type.Object({}),
  output: Type.Object({ classes: Type.Array(classView) }),
  run({ controlPlane }) {
    const own = ownClasses(controlPlane.world);
    // Of several versions of a name, the one that it stands for now.
    const names = new Set(own.map(({ name }) => name));
    const ids = [...names].map((name) => classIdOf(controlPlane.world, name));
    const all = [...Object.keys(INSTANCE_CLASSES), ...ids];
    return { classes: all.map((id) => viewClass(controlPlane, id)) };
  },
});

export const DescribeClass = defineAction({
  name: 'DescribeClass',
  method: 'GET',
  path: '/v1/classes/:name',
  summary: 'Show an instance class: every number with its source.',
  cli: { command: 'classes show', positional: ['name'] },
  input: Type.Object({
    name: Type.String({ minLength: 1, description: 'Its name, or an id' }),
  }),
  output: classView,
  run({ controlPlane }, input) {
    return viewClass(controlPlane, classIdOf(controlPlane.world, input.name));
  },
});

export const AddClasses = defineAction({
  name: 'AddClasses',
  method: 'POST',
  path: '/v1/classes',
  summary:
    "Add a user's own instance classes. Instances that were sold as others of those names stay what they are.",
  cli: { command: 'classes add', positional: ['classes'] },
  input: Type.Object({
    classes: json('The classes as in schemas/classes.schema.json; on the command line, the file'),
  }),
  output: Type.Object({ classes: Type.Array(classView) }),
  async run({ controlPlane }, input) {
    const read = readClasses(input.classes);
    if ('mistakes' in read) throw new SimulatorError('ClassesNotValid', mistakes(read.mistakes));
    const ids = await controlPlane.decide((draft) => addClasses(draft, read));
    return { classes: ids.map((id) => viewClass(controlPlane, id)) };
  },
});

function viewClass(
  { world, clock }: Pick<ControlPlane, 'world' | 'clock'>,
  id: ClassId,
): ClassView {
  const row = classOf(id);
  const own = ownClasses(world).find(({ classId }) => classId === id);
  const priceFor = (unit: 'hour' | 'month') => formatMoney(priceOf(world, id, unit, clock.now()));
  return {
    ...{ name: own?.name ?? id, id, title: row.title, memory: row.memoryBytes / MEGABYTE },
    ...{ connections: row.connectionsMax, newConnections: row.newConnectionsPerSecondMax },
    bandwidth: row.bandwidthBytesPerSecond / MEGABYTE,
    ...{ qps: row.referenceQps, cpu: row.cpuCores, engineVersions: [...row.engineVersions] },
    ...{ backups: row.backups, pricePerHour: priceFor('hour'), pricePerMonth: priceFor('month') },
    sources: Object.fromEntries(CLASS_FACTS.map((fact) => [fact, row.sources[fact]])),
  };
}

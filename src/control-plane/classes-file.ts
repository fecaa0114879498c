/**
 * A user's own instance classes as they stand in a file: only what differs from one that each extends, or all of it. The
 * schema is published as schemas/classes.schema.json.
 */
import { Type, type Static } from 'typebox';
import { SimulatorError } from './core/errors.js';
import {
  CLASS_FACTS,
  INSTANCE_CLASSES,
  type ClassFact,
  type InstanceClass,
} from './core/instance-classes.js';
import { parseMoney, type Money } from './core/money.js';
import type { NamedClass } from './core/own-classes.js';
import { mistakesOf, strict } from './schema-mistakes.js';

const MEGABYTE = 1024 ** 2;
/** So many in a file, and of so much memory (MB): far beyond any need, so that a slip is not taken for a wish. */
const CLASSES_MAX = 500;
const MEMORY_MAX = 4_194_304;
const NAME = '^[a-z][a-z0-9.-]{0,60}$';
/** Without a price of a month: thirty days at that of an hour. */
const HOURS_A_MONTH = 720n;

const count = (description: string, maximum: number) =>
  Type.Optional(Type.Integer({ minimum: 1, maximum, description }));
const price = (description: string) =>
  Type.Optional(Type.Union([Type.String(), Type.Number()], { description }));

const classSchema = strict(
  {
    name: Type.String({
      pattern: NAME,
      description: 'What instances are created with: instance create --instance-class NAME',
    }),
    extends: Type.Optional(
      Type.String({ description: 'Whose rest is taken: a class that is shipped (classes list)' }),
    ),
    title: Type.Optional(Type.String({ maxLength: 200, description: 'For people' })),
    source: Type.Optional(
      Type.String({ maxLength: 500, description: 'Where its numbers come from, for people' }),
    ),
    memory: count('MB', MEMORY_MAX),
    connections: count('Clients at once', 1_000_000),
    newConnections: count('New clients in a second', 1_000_000),
    bandwidth: Type.Optional(
      Type.Number({ exclusiveMinimum: 0, maximum: 10_000, description: 'MB/s, each way' }),
    ),
    qps: count('Commands in a second: a reference value, no limit', 1_000_000_000),
    cpu: Type.Optional(
      Type.Number({
        ...{ minimum: 0.01, maximum: 1_024 },
        description: 'Processors; seen to with the Docker engine',
      }),
    ),
    engineVersions: Type.Optional(
      Type.Array(Type.String(), { maxItems: 20, description: 'What it is sold with, for people' }),
    ),
    backups: Type.Optional(Type.Boolean({ description: 'Whether there are daily backups of it' })),
    pricePerHour: price('CNY, pay-as-you-go, such as "0.25"'),
    pricePerMonth: price('CNY, a subscription; 720 hours at the price of one by default'),
  },
  'An instance class',
);
type Said = Static<typeof classSchema>;

/** What the file may say. */
export const classesFileSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'Where this schema is, for editors' })),
    classes: Type.Array(classSchema, { maxItems: CLASSES_MAX }),
  },
  {
    additionalProperties: false,
    title: 'Instance classes of Frostgate',
    description: 'Classes for simulated instances; checked by: frostgate classes check FILE',
  },
);

/** The classes of a file, or every mistake in it: its place, its value and the way out. */
export function readClasses(
  file: unknown,
): readonly NamedClass[] | { readonly mistakes: string[] } {
  const wrong = mistakesOf(classesFileSchema, file);
  if (wrong.length > 0) return { mistakes: wrong };
  const { classes } = file as Static<typeof classesFileSchema>;
  const names = classes.map(({ name }) => name);
  const mistakes = classes.flatMap((said, at) => {
    const place = `classes.${String(at)}`;
    if (names.indexOf(said.name) < at) {
      return [`${place}.name: "${said.name}" stands there twice. Give each class its own name`];
    }
    return problemsOf(place, said);
  });
  return mistakes.length > 0
    ? { mistakes }
    : classes.map((said) => ({ name: said.name, row: rowOf(said) }));
}

function problemsOf(place: string, said: Said): string[] {
  const found: string[] = [];
  const { name, extends: base } = said;
  const tell = (field: string, problem: string) => found.push(`${place}.${field}: ${problem}`);
  if (!new RegExp(NAME).test(name)) {
    const way = 'Use lower-case letters, digits, "." and "-", at most 61, the first a letter';
    tell('name', `${JSON.stringify(name)} is not possible. ${way}`);
  }
  if (Object.hasOwn(INSTANCE_CLASSES, name)) {
    tell('name', `"${name}" is that of a class that is shipped. Take another one, "my.${name}"`);
  }
  const isKnown = base !== undefined && Object.hasOwn(INSTANCE_CLASSES, base);
  if (base !== undefined && !isKnown) {
    tell('extends', `"${base}" is no class that is shipped. See "classes list"`);
  }
  const needed = CLASS_FACTS.filter((fact) => !CAN_BE_LEFT_OUT.has(fact));
  if (base === undefined) {
    for (const fact of needed.filter((one) => said[one] === undefined)) {
      tell(fact, 'nothing is given. Give it, or say "extends" for what is not given');
    }
  }
  for (const field of ['pricePerHour', 'pricePerMonth'] as const) {
    const problem = said[field] === undefined ? null : problemOfPrice(field, said[field]);
    if (problem !== null) found.push(`${place}.${problem}`);
  }
  return found;
}

const CAN_BE_LEFT_OUT: ReadonlySet<ClassFact> = new Set([
  'engineVersions',
  'backups',
  'pricePerMonth',
]);

function problemOfPrice(field: string, given: string | number): string | null {
  try {
    parseMoney(field, given);
    return null;
  } catch (error) {
    if (error instanceof SimulatorError) return error.message;
    throw error;
  }
}

/** Of a class in which nothing is wrong. */
function rowOf(said: Said): InstanceClass {
  const base = said.extends === undefined ? undefined : INSTANCE_CLASSES[said.extends];
  const hourly =
    said.pricePerHour === undefined ? base?.pricePerHour : parseMoney('price', said.pricePerHour);
  const pricePerHour = hourly ?? parseMoney('price', '0');
  const monthly =
    said.pricePerMonth === undefined
      ? said.pricePerHour === undefined
        ? base?.pricePerMonth
        : undefined
      : parseMoney('price', said.pricePerMonth);
  const source = said.source ?? 'a file';
  const sources = CLASS_FACTS.map((fact): [ClassFact, string] => {
    const isTaken = said[fact] === undefined && base !== undefined;
    return [fact, isTaken ? `as ${said.extends ?? ''}: ${base.sources[fact]}` : source];
  });
  const megabytes = (value: number | undefined) =>
    value === undefined ? undefined : value * MEGABYTE;
  return {
    title: said.title ?? base?.title ?? said.name,
    memoryBytes: megabytes(said.memory) ?? base?.memoryBytes ?? 0,
    connectionsMax: said.connections ?? base?.connectionsMax ?? 0,
    newConnectionsPerSecondMax: said.newConnections ?? base?.newConnectionsPerSecondMax ?? 0,
    bandwidthBytesPerSecond: megabytes(said.bandwidth) ?? base?.bandwidthBytesPerSecond ?? 0,
    referenceQps: said.qps ?? base?.referenceQps ?? 0,
    cpuCores: said.cpu ?? base?.cpuCores ?? 0,
    engineVersions: said.engineVersions ?? base?.engineVersions ?? [],
    backups: said.backups ?? base?.backups ?? true,
    pricePerHour,
    pricePerMonth: monthly ?? ((pricePerHour * HOURS_A_MONTH) as Money),
    sources: Object.fromEntries(sources) as InstanceClass['sources'],
  };
}

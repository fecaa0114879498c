/**
 * A user's own terms as they stand in a file: only what differs from those that they extend, or all of it. The schema
 * is published as schemas/terms.schema.json.
 */
import { Type, type TObject, type TProperties, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { merged, type Conditions } from './core/own-terms.js';
import { problemsOf, problemsOfOwnName } from './core/terms-check.js';
import { TERMS, type Terms } from './core/terms.js';

const span = (description: string) =>
  Type.String({
    description: `${description}: such as 24h, 7d, "7 natural days" (clause 4.3), or 0 for not at all`,
    examples: ['24h', '7d', '7 natural days', '0'],
  });
const permission = (what: string) =>
  Type.Enum(['pass', 'refuse'], { description: `Whether clients may ${what}` });
const strict = <Properties extends TProperties>(properties: Properties, description: string) =>
  Type.Object(properties, { additionalProperties: false, description });

const billed = Type.Boolean({ description: 'Pay-as-you-go is charged by the hour' });
const backedUp = Type.Boolean({ description: 'Daily backups are taken' });
const measure = Type.Enum(['suspend', 'terminate'], { description: 'What the vendor does then' });

const course = (who: string) =>
  strict(
    {
      grace: strict(
        { lasts: span('How long everything goes on as before'), billed, backedUp },
        'Not paid for, and nothing is refused yet',
      ),
      frozen: strict(
        {
          lasts: span('How long it is frozen'),
          ...{ billed, backedUp },
          reads: permission('read'),
          writes: permission('write'),
        },
        'Not paid for, and clients notice',
      ),
      released: strict(
        { lasts: span('How long its data is kept after that') },
        'In the recycle bin: no endpoint, the data is kept; after it, everything is deleted',
      ),
    },
    who,
  );

const PARTS = {
  course: strict(
    {
      PostPaid: course('Pay-as-you-go, from the first charge that cannot be met'),
      PrePaid: course('Subscriptions, from the end of the term that was paid for'),
    },
    'What happens to an instance that is not paid for, stage after stage',
  ),
  earlyEnd: strict(
    { keptFor: span('How long data is kept after an early end (4.3)') },
    'An instance that its customer or the vendor ends',
  ),
  order: strict({ voidAfter: span('When an order that is not paid is void (2.2.1.1)') }, 'Orders'),
  renewal: strict(
    {
      noticeBefore: span('How long before the expiry it is told'),
      autoBefore: span('How long before the expiry a subscription renews itself'),
      afterExpiryFrom: Type.Enum(['expiry', 'payment'], {
        description: 'Where a new term begins that is paid for after the expiry',
      }),
    },
    'Renewals of subscriptions',
  ),
  noticeBefore: span('How far ahead changes of the terms and an end by the vendor are told'),
  complaint: strict(
    {
      answerWithin: span('How long the customer has to answer'),
      otherwise: measure,
    },
    'Complaints of others (3.1.3.12)',
  ),
  violation: strict({ leadsTo: measure }, 'Violations of the terms (3.1.3.12)'),
  faultRepairedAfter: span("When a fault of the vendor's is repaired (3.2.9)"),
  cancelAfterUnavailable: span('Unavailable for so long, the customer may cancel (8.3)'),
} satisfies Record<Exclude<keyof Terms, 'name' | 'title' | 'source'>, TSchema>;

/** Everything is there. */
const WHOLE = strict(
  { name: Type.String(), title: Type.String(), source: Type.String(), ...PARTS },
  '',
);

/** What of terms an order may agree on. */
export const conditionsSchema = partial(
  strict(PARTS, 'Parts of the terms that an order agrees on'),
);

/** What the file may say. */
export const termsFileSchema = Type.Object(
  {
    $schema: Type.Optional(Type.String({ description: 'Where this schema is, for editors' })),
    extends: Type.Optional(
      Type.Enum(Object.keys(TERMS), { description: 'Whose rest is taken: terms that are shipped' }),
    ),
    name: Type.String({
      pattern: '^[a-z][a-z0-9-]{0,30}$',
      description: 'What instances are created with: instance create --terms NAME',
    }),
    title: Type.Optional(Type.String({ description: 'For people' })),
    source: Type.Optional(Type.String({ description: 'Where it stands, for people' })),
    ...(partial(strict(PARTS, '')) as TObject).properties,
  },
  {
    additionalProperties: false,
    title: 'Terms of Frostgate',
    description: 'Commercial rules for simulated instances; checked by: frostgate terms check FILE',
  },
);

/** Whole terms from what a file says, or every mistake in it: its place, its value and the way out. */
export function readTerms(file: unknown): Terms | readonly string[] {
  const wrong = mistakesOf(termsFileSchema, file);
  if (typeof file !== 'object' || file === null || Array.isArray(file)) return wrong;
  const { extends: base, ...said } = file as Record<string, unknown>;
  delete said.$schema;
  const isKnown = typeof base === 'string' && Object.hasOwn(TERMS, base);
  const known = isKnown ? TERMS[base as keyof typeof TERMS] : undefined;
  const name = typeof said.name === 'string' ? said.name : '';
  const own = {
    title: name,
    source: isKnown ? `a file, after ${base}` : 'a file',
  };
  const whole = merged({ ...(known as Terms | undefined), ...own }, said);
  const missing = wrong.length > 0 ? [] : mistakesOf(WHOLE, whole);
  // What has not the right form cannot be looked at any closer; each part that has one is.
  const checkable = merged(TERMS.tos as Terms, rightParts(whole));
  const names = name === '' ? [] : problemsOfOwnName(name);
  const closer = problemsOf({ ...checkable, name: 'checked-apart' }).filter(
    (one) => !wrong.some((other) => other.startsWith(one.slice(0, one.indexOf(':')))),
  );
  const mistakes = [...wrong, ...missing, ...names, ...closer];
  return mistakes.length > 0 ? [...new Set(mistakes)] : (whole as Terms);
}

/** What an order agrees on, or every mistake in it. */
export function readConditions(given: unknown): Conditions | readonly string[] {
  const wrong = mistakesOf(conditionsSchema, given);
  return wrong.length > 0 ? wrong : (given as Conditions);
}

/** Is it mistakes? */
export function areMistakes(read: object): read is readonly string[] {
  return Array.isArray(read);
}

function mistakesOf(schema: TSchema, value: unknown): string[] {
  const errors = Value.Errors(schema, value) as readonly SchemaError[];
  // What is not known is told by `additionalProperties`, and a name that is not possible by its own rule.
  return errors
    .filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'pattern')
    .flatMap((one) => sentencesOf(one, value, schema));
}

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: {
    readonly requiredProperties?: readonly string[];
    readonly additionalProperties?: readonly string[];
    readonly allowedValues?: readonly unknown[];
    readonly type?: string | readonly string[];
  };
}

function sentencesOf(error: SchemaError, value: unknown, schema: TSchema): string[] {
  const { keyword, instancePath, params } = error;
  const steps = instancePath.split('/').slice(1);
  const at = (name?: string) => [...steps, ...(name === undefined ? [] : [name])].join('.');
  const found = steps.reduce<unknown>(
    (whole, step) => (whole as Record<string, unknown>)[step],
    value,
  );
  const known = Object.keys(propertiesAt(schema, steps));
  if (keyword === 'required') {
    const wayOut = steps.length === 0 ? ', or say "extends": "tos" for what is not given' : '';
    return (params.requiredProperties ?? []).map((name) =>
      name === 'name'
        ? 'name: nothing is given. Give one, such as "mine"'
        : `${at(name)}: nothing is given. Give it${wayOut}`,
    );
  }
  if (keyword === 'additionalProperties') {
    return (params.additionalProperties ?? []).map((name) => {
      const shown = JSON.stringify((found as Record<string, unknown>)[name]);
      return `${at(name)}: ${shown} is not known here. There are: ${known.join(', ')}`;
    });
  }
  const shown = (JSON.stringify(found) as string | undefined) ?? 'nothing';
  const wanted =
    params.allowedValues?.map((one) => JSON.stringify(one)).join(' or ') ??
    [params.type ?? error.message].flat().join(' or ');
  return [`${at() || 'the file'}: ${shown.slice(0, 80)} is not possible. It must be ${wanted}`];
}

function propertiesAt(schema: TSchema, steps: readonly string[]): object {
  const at = steps.reduce<unknown>(
    (one, step) => (one as Partial<TObject> | undefined)?.properties?.[step],
    schema,
  );
  return (at as Partial<TObject> | undefined)?.properties ?? {};
}

/** Those parts that have the form that the schema wants. */
function rightParts(value: object): object {
  const right: Record<string, unknown> = {};
  for (const [name, schema] of Object.entries(PARTS)) {
    const given = (value as Record<string, unknown>)[name];
    const part = given === undefined ? undefined : pruned(schema, given);
    if (part !== undefined) right[name] = part;
  }
  return right;
}

/** What of a value has the right form; undefined where nothing has. */
function pruned(schema: TSchema, value: unknown): unknown {
  const { properties } = schema as Partial<TObject>;
  if (!properties) return Value.Check(schema, value) ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  const parts = Object.entries(properties).map(([name, below]) => [
    name,
    pruned(below, (value as Record<string, unknown>)[name]),
  ]);
  return Object.fromEntries(parts.filter(([, part]) => part !== undefined));
}

/** The same, and every part may be left out. */
function partial(schema: TSchema): TSchema {
  const { properties, description = '' } = schema as Partial<TObject> & { description?: string };
  if (!properties) return schema;
  const parts = Object.entries(properties).map(([name, one]) => [
    name,
    Type.Optional(partial(one)),
  ]);
  return strict(Object.fromEntries(parts) as TProperties, description);
}

/**
 * A user's own terms as they stand in a file: only what differs from those that they extend, or all of it. The schema
 * is published as schemas/terms.schema.json.
 */
import { Type, type TObject, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { merged, type Conditions } from './core/own-terms.js';
import { problemsOf, problemsOfOwnName } from './core/terms-check.js';
import { ABUSE_METERS, TERMS, type AbuseMeter, type Terms } from './core/terms.js';
import { mistakesOf, partial, strict } from './schema-mistakes.js';

const span = (description: string) =>
  Type.String({
    description: `${description}: such as 24h, 7d, "7 natural days" (clause 4.3), or 0 for not at all`,
    examples: ['24h', '7d', '7 natural days', '0'],
  });
const permission = (what: string) =>
  Type.Enum(['pass', 'refuse'], { description: `Whether clients may ${what}` });
const billed = Type.Boolean({ description: 'Pay-as-you-go is charged by the hour' });
const backedUp = Type.Boolean({ description: 'Daily backups are taken' });
const measure = Type.Enum(['suspend', 'terminate'], { description: 'What the vendor does then' });

const percent = (description: string) =>
  Type.Number({ description: `${description}, in percent`, examples: [80] });
const level = (name: string) => ({
  after: span(`How long without a break it is above that, to be ${name}`),
  ...(Object.fromEntries(
    ABUSE_METERS.map((meter) => [meter, percent(`Above how much of the ceiling of ${meter}`)]),
  ) as Record<AbuseMeter, ReturnType<typeof percent>>),
});

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
  abuse: strict(
    {
      high: strict(level('high'), 'Its customer is warned'),
      excessive: strict(
        {
          ...level('excessive'),
          narrowedTo: percent('What is left of the ceiling'),
          answerWithin: span('How long the customer has to answer'),
        },
        'The ceiling is narrowed, and the customer is asked',
      ),
      abusive: strict(
        {
          ...level('abusive'),
          liftedBy: Type.Enum(['answer', 'load', 'vendor'], {
            description:
              'What ends a suspension because of it: an answer, a load that fell, or only the vendor',
          }),
        },
        'A violation',
      ),
      falls: strict(
        {
          under: percent('How far under its threshold the load must be, of the ceiling'),
          after: span('How long it must be so'),
        },
        'One level down',
      ),
      readingHolds: span('How long a measured reading counts where no other one comes'),
    },
    'An unreasonable load on memory, CPU or network, level by level (3.1.3.7)',
  ),
  faultRepairedAfter: span("When a fault of the vendor's is repaired (3.2.9)"),
  cancelAfterUnavailable: span('Unavailable for so long, the customer may cancel (8.3)'),
} satisfies Record<Exclude<keyof Terms, 'name' | 'title' | 'source'>, TSchema>;

const EXTEND = ', or say "extends": "tos" for what is not given';

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
  const wrong = mistakesOf(termsFileSchema, file, EXTEND);
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
  const missing = wrong.length > 0 ? [] : mistakesOf(WHOLE, whole, EXTEND);
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

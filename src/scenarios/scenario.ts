/** A scenario: a story in steps, as it stands in a file. Its schema is published as schemas/scenario.schema.json. */
import { Type, type TProperties, type TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { MODIFIERS, WORD_NAMES, WORDS, type Word, type WordName } from './words.js';

export interface Scenario {
  readonly title: string;
  readonly about: string;
  /** What the account begins with. */
  readonly balance: string;
  /** Where the clock begins, in a simulator of its own. */
  readonly clock: string;
  readonly steps: readonly Step[];
}

export interface Step {
  /** In the file, from 1. */
  readonly line: number;
  readonly say: string | null;
  /** null: it only says something. */
  readonly word: WordName | null;
  readonly value: unknown;
  readonly beside: Beside;
}

/** What stands beside a word. */
export interface Beside {
  readonly instance?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly as?: string;
  readonly gives?: unknown;
  readonly fails?: string;
}

const SAY = Type.String({ minLength: 1, description: 'For those who watch' });

/** `- owe` is `- owe: null`. */
export const BARE_WORDS = WORD_NAMES.filter((word) => Value.Check(WORDS[word].value, null));

/** One of the steps; each word takes something else beside it. */
export function stepSchemaOf(word: WordName) {
  const { value, beside }: Word = WORDS[word];
  const more = beside.map((name): [string, TSchema] => [name, Type.Optional(MODIFIERS[name])]);
  const properties: TProperties = {
    [word]: value,
    say: Type.Optional(SAY),
    ...Object.fromEntries<TSchema>(more),
  };
  return Type.Object(properties, { additionalProperties: false });
}

export const HEAD = {
  title: Type.String({ minLength: 1, description: 'What the story is, in a few words' }),
  about: Type.Optional(Type.String({ description: 'What it shows, for people' })),
  balance: Type.Optional(
    Type.Union([Type.Number(), Type.String()], {
      description: 'What its account begins with; 100 by default',
    }),
  ),
  clock: Type.Optional(
    Type.String({
      description:
        'Where the clock begins, in a simulator of its own: 2026-01-01T00:00:00Z by default',
    }),
  ),
};

export const scenarioSchema = Type.Object(
  {
    ...HEAD,
    steps: Type.Array(
      Type.Union([
        Type.Enum(BARE_WORDS, { description: 'A word that needs no value' }),
        Type.Object({ say: SAY }, { additionalProperties: false }),
        ...WORD_NAMES.map(stepSchemaOf),
      ]),
      { minItems: 1, description: 'What happens, in this order' },
    ),
  },
  {
    additionalProperties: false,
    title: 'A scenario of Frostgate',
    description: 'A story of simulated instances; played by: frostgate play FILE',
  },
);

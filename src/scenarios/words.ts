/**
 * What a step of a scenario may be: a word with its value. The schema, the checks and what is done follow from these
 * rows; every action of the API is a step, too (`do`).
 */
import { Type, type TSchema } from 'typebox';
import { STATES } from '../control-plane/core/lifecycle.js';

export interface Word {
  readonly value: TSchema;
  /** What may stand beside it, besides `say`. */
  readonly beside: readonly Modifier[];
}

export const MODIFIERS = {
  instance: Type.String({
    minLength: 1,
    description:
      'Which instance it is about: one that was made, or an answer that was kept; by default the one made last',
  }),
  with: Type.Object({}, { additionalProperties: true, description: 'What the action takes' }),
  as: Type.String({
    pattern: '^[A-Za-z][A-Za-z0-9_-]*$',
    description: 'A name for the answer: later steps have its fields as $NAME.field',
  }),
  gives: Type.Unknown({
    description: 'What the answer must be; of an object, the fields that are named',
  }),
  fails: Type.String({
    minLength: 1,
    description: 'It must be refused, and how: the code of the error, or how its line begins',
  }),
} as const satisfies Record<string, TSchema>;
export type Modifier = keyof typeof MODIFIERS;

const duration = (what: string) =>
  Type.String({ description: `${what}: such as 2h, 8d, 1d12h, 90m`, examples: ['2h', '8d'] });
const amount = (what: string) =>
  Type.Union([Type.Number({ minimum: 0 }), Type.String({ pattern: String.raw`^\d+(\.\d+)?$` })], {
    description: what,
  });
const scalar = Type.Union([Type.String(), Type.Number(), Type.Boolean(), Type.Null()]);

export const WORDS = {
  create: {
    value: Type.Union(
      [
        Type.String({ minLength: 1 }),
        Type.Object({ name: Type.String({ minLength: 1 }) }, { additionalProperties: true }),
      ],
      { description: 'Makes an instance by this name, or with what CreateInstance takes' },
    ),
    beside: ['fails'],
  },
  owe: {
    value: Type.Union([Type.Null(), amount('')], {
      description: 'Nobody pays any more: what is left on the account; nothing by default',
    }),
    beside: [],
  },
  pay: { value: amount('Pays this much in'), beside: ['fails'] },
  renew: {
    value: Type.Integer({ minimum: 1, description: 'Renews a subscription by so many months' }),
    beside: ['instance', 'fails'],
  },
  advance: { value: duration('Moves the clock by this much'), beside: [] },
  until: {
    value: Type.Enum([...STATES], {
      description: 'Moves the clock to when the instance comes into this state by itself',
    }),
    beside: ['instance'],
  },
  redis: {
    value: Type.Union(
      [
        Type.String({ minLength: 1 }),
        Type.Array(Type.Union([Type.String(), Type.Number()]), { minItems: 1 }),
      ],
      { description: 'A command of the application, at the endpoint of the instance' },
    ),
    beside: ['instance', 'gives', 'fails'],
  },
  backup: {
    value: Type.String({
      pattern: '^[A-Za-z][A-Za-z0-9_-]*$',
      description: 'Takes a backup, which later steps know by this name',
    }),
    beside: ['instance', 'fails'],
  },
  restore: {
    value: Type.String({
      minLength: 1,
      description: 'Replaces all data by that of the backup of this name',
    }),
    beside: ['instance', 'fails'],
  },
  load: {
    value: Type.Object(
      {},
      {
        additionalProperties: true,
        minProperties: 1,
        description:
          'Makes load by real commands, for so long in virtual time: what LoadInstance takes, such as { bandwidth: 30MB/s, for: 10m }',
      },
    ),
    beside: ['instance', 'gives'],
  },
  application: {
    value: Type.Enum(['start', 'stop'], {
      description: 'Starts or stops the sample application, for people to look at',
    }),
    beside: ['instance'],
  },
  pause: { value: duration('Real time for people to look, where there is a pace'), beside: [] },
  expect: {
    value: Type.Object(
      {
        balance: Type.Optional(
          Type.Union([Type.Number(), Type.String({ pattern: String.raw`^-?\d+(\.\d+)?$` })], {
            description: "The account's balance; below zero what is owed",
          }),
        ),
        happened: Type.Optional(
          Type.Union([Type.String(), Type.Array(Type.String())], {
            description: 'Types of events that the instance has seen by now',
          }),
        ),
      },
      {
        additionalProperties: scalar,
        minProperties: 1,
        description:
          'What must be so by now: fields of the instance (state, reads, writes, ...), and of its account',
      },
    ),
    beside: ['instance'],
  },
  do: {
    value: Type.String({
      pattern: '^[A-Z][A-Za-z]+$',
      description: 'Any action of the API by its name, such as SetPrice: docs/api.md',
    }),
    beside: ['with', 'as', 'gives', 'fails'],
  },
} as const satisfies Record<string, Word>;
export type WordName = keyof typeof WORDS;

export const WORD_NAMES = Object.keys(WORDS) as WordName[];

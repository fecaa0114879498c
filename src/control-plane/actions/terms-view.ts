/** Terms as the API shows them. */
import { Type, type Static } from 'typebox';
import { agreedOf } from '../core/own-terms.js';
import { termsOf } from '../core/state-facts.js';
import type { TermsId } from '../core/terms.js';
import type { World } from '../core/world.js';
import { nullable } from './views.js';

export const termsView = Type.Object(
  {
    id: Type.String({ description: 'Of this version, for good' }),
    name: Type.String({ description: 'What instances are created with' }),
    title: Type.String({ description: 'For people' }),
    source: Type.String({ description: 'Where it stands' }),
    course: Type.Object(
      {},
      {
        additionalProperties: true,
        description:
          'By charge type, what happens to an instance that is not paid for: grace, frozen, released, each with its length, what passes, and whether it is charged and backed up',
      },
    ),
    rules: Type.Record(Type.String(), Type.String(), {
      description: 'Everything else, as in a file of terms',
    }),
    agreed: nullable(
      Type.Object(
        {},
        {
          additionalProperties: true,
          description: 'What an order agreed on, and above which terms; null: nobody agreed on it',
        },
      ),
    ),
  },
  { title: 'A set of terms' },
);
export type TermsView = Static<typeof termsView>;

export function viewTerms(world: World, id: TermsId): TermsView {
  const { name, title, source, course, ...rest } = termsOf(id);
  return {
    ...{ id, name, title, source, course },
    rules: Object.fromEntries(rowsOf(rest)),
    agreed: agreedOf(world, id),
  };
}

/** `renewal.noticeBefore` and its value, for each value. */
function rowsOf(part: object, path = ''): [string, string][] {
  return Object.entries(part).flatMap(([name, value]): [string, string][] =>
    typeof value === 'object' && value !== null
      ? rowsOf(value as object, `${path}${name}.`)
      : [[`${path}${name}`, String(value)]],
  );
}

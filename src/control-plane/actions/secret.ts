import { Type } from 'typebox';

/** A field that is taken, and never shown: not in an answer, an error or the log. */
export function secret(description: string) {
  return Type.String({ writeOnly: true, description });
}

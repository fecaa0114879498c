import type { TSchema } from 'typebox';

/** A field that may be left out, and what it is then; in the type too, so that the client knows. */
export function initially<Schema extends TSchema, Value>(
  schema: Schema,
  value: Value,
): Schema & { default: Value } {
  return Object.assign(schema, { default: value });
}

/** What a file says against its schema: every mistake in a sentence, with its place, its value and the way out. */
import { Type, type TArray, type TObject, type TProperties, type TSchema } from 'typebox';
import { Value } from 'typebox/value';

/** An object that has these properties and no others. */
export const strict = <Properties extends TProperties>(
  properties: Properties,
  description: string,
) => Type.Object(properties, { additionalProperties: false, description });

/** Is it mistakes? */
export function areMistakes(read: object): read is readonly string[] {
  return Array.isArray(read);
}

/** `needed`: what is to be said of a property of the whole that is missing, besides "Give it". */
export function mistakesOf(schema: TSchema, value: unknown, needed = ''): string[] {
  const errors = Value.Errors(schema, value) as readonly SchemaError[];
  // What is not known is told by `additionalProperties`, and a name that is not possible by its own rule.
  return errors
    .filter(({ keyword }) => keyword !== 'boolean' && keyword !== 'pattern')
    .flatMap((one) => sentencesOf(one, value, schema, needed));
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

function sentencesOf(
  error: SchemaError,
  value: unknown,
  schema: TSchema,
  needed: string,
): string[] {
  const { keyword, instancePath, params } = error;
  const steps = instancePath.split('/').slice(1);
  const at = (name?: string) => [...steps, ...(name === undefined ? [] : [name])].join('.');
  const found = steps.reduce<unknown>(
    (whole, step) => (whole as Record<string, unknown>)[step],
    value,
  );
  const known = Object.keys(propertiesAt(schema, steps));
  if (keyword === 'required') {
    const wayOut = steps.length === 0 ? needed : '';
    return (params.requiredProperties ?? []).map((name) =>
      name === 'name'
        ? `${at(name)}: nothing is given. Give one, such as "mine"`
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
    [params.type ?? error.message.replace(/^must be /, '')].flat().join(' or ');
  return [`${at() || 'the file'}: ${shown.slice(0, 80)} is not possible. It must be ${wanted}`];
}

function propertiesAt(schema: TSchema, steps: readonly string[]): object {
  const at = steps.reduce<unknown>(
    (one, step) =>
      (one as Partial<TObject> | undefined)?.properties?.[step] ??
      (one as Partial<TArray> | undefined)?.items,
    schema,
  );
  return (at as Partial<TObject> | undefined)?.properties ?? {};
}

/** The same, and every part may be left out. */
export function partial(schema: TSchema): TSchema {
  const { properties, description = '' } = schema as Partial<TObject> & { description?: string };
  if (!properties) return schema;
  const parts = Object.entries(properties).map(([name, one]) => [
    name,
    Type.Optional(partial(one)),
  ]);
  return strict(Object.fromEntries(parts) as TProperties, description);
}

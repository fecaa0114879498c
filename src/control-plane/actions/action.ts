/** One operation of the API, from which come its route, its CLI command, its client method and its documentation. */
import type { Static, TObject, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { invalidInput, SimulatorError } from '../core/errors.js';
import type { ControlPlane } from '../control-plane.js';
import type { StateStore } from '../ports.js';

export interface ActionContext {
  readonly controlPlane: ControlPlane;
  /** For reading what is too much to keep in memory: events and ledgers. */
  readonly store: Pick<StateStore, 'events' | 'ledger'>;
  readonly about: About;
}

/** What runs here, for people. */
export interface About {
  readonly version: string;
  readonly engine: string;
  readonly engineReason: string;
  readonly dataDirectory: string | null;
  /** Endpoints listen here unless an instance says otherwise. */
  readonly endpointHost: string;
}

export interface Action<Input extends TObject = TObject, Output extends TSchema = TSchema> {
  /** Verb and noun; the vendor's name where there is one. */
  readonly name: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** `:field` takes a field of the input. */
  readonly path: string;
  readonly summary: string;
  readonly cli: {
    /** Noun and verb, or a verb alone. */
    readonly command: string;
    /** Fields that stand without a flag, in order; those that the schema does not require may be left out. */
    readonly positional?: readonly string[];
  };
  readonly input: Input;
  readonly output: Output;
  run(context: ActionContext, input: Static<Input>): Static<Output> | Promise<Static<Output>>;
}

/** Lets TypeScript infer the types of an action from its schemas. */
export function defineAction<Input extends TObject, Output extends TSchema>(
  action: Action<Input, Output>,
): Action<Input, Output> {
  return action;
}

/** Checks the input and runs the action. Throws UnknownField, InvalidInput, and what the action throws. */
export function execute(
  action: Action,
  context: ActionContext,
  raw: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  // Within a promise, so that bad input rejects like everything else.
  return Promise.resolve().then(() => action.run(context, checkedInput(action, raw)));
}

/** What has to be given: neither optional nor with a default. */
export function requiredFields({ required, properties }: TObject): string[] {
  const names = (required as readonly string[] | undefined) ?? []; // none at all where nothing is
  return names.filter((name) => !Object.hasOwn(properties[name] ?? {}, 'default'));
}

function checkedInput(
  action: Action,
  raw: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const fields = action.input.properties;
  for (const field of Object.keys(raw)) {
    if (!Object.hasOwn(fields, field)) {
      const known = Object.keys(fields).join(', ') || 'none';
      throw new SimulatorError('UnknownField', { field, action: action.name, known });
    }
  }
  const given = Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== undefined));
  // Query strings and flags are text: "10" is a number where one is wanted.
  const input: unknown = Value.Default(action.input, Value.Convert(action.input, given));
  if (Value.Check(action.input, input)) return input;
  const [error] = Value.Errors(action.input, input);
  const missing = requiredFields(action.input).find((name) => !Object.hasOwn(given, name));
  const field = missing ?? error?.instancePath.split('/')[1] ?? '';
  const about = (fields[field] as { description?: string } | undefined)?.description;
  throw invalidInput(
    field,
    given[field],
    missing === undefined ? (error?.message ?? 'is not valid') : 'is required',
    about === undefined ? '' : `It is: ${about}`,
  );
}

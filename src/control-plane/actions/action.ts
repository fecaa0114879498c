/** One operation of the API, from which come its route, its CLI command, its client method and its documentation. */
import type { Static, TObject, TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { invalidInput, SECRET, SimulatorError } from '../core/errors.js';
import type { Loading } from '../loading.js';
import type { ControlPlane } from '../control-plane.js';
import type { Applications } from '../applications.js';
import type { StateStore } from '../ports.js';

export interface ActionContext {
  readonly controlPlane: ControlPlane;
  /** For reading what is too much to keep in memory: events, ledgers and meters. */
  readonly store: Pick<StateStore, 'events' | 'eventRuns' | 'ledger' | 'meters'>;
  /** Clients that people can look at; no part of what is simulated. */
  readonly applications: Applications;
  readonly loading: Loading;
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
  /** Who may connect to an instance of which nobody says it. */
  readonly securityIps: readonly string[];
  /** Redis is ours to configure, not somebody else's. */
  readonly ownsSettings: boolean;
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
    /** It may take long: the command line shows how far it is, and Ctrl-C interrupts the clock. */
    readonly interruptible?: boolean;
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

/** What `run` may rely upon. Throws UnknownField, InvalidInput. */
export function checkedInput(
  action: Pick<Action, 'name' | 'input'>,
  raw: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const fields = action.input.properties as Readonly<Record<string, Field>>;
  for (const field of Object.keys(raw)) {
    if (!Object.hasOwn(fields, field)) {
      const known = Object.keys(fields).join(', ') || 'none';
      throw new SimulatorError('UnknownField', { field, action: action.name, known });
    }
  }
  const given = Object.entries(raw).filter(([, value]) => value !== undefined);
  const missing = requiredFields(action.input).find((name) => raw[name] === undefined);
  const values = given.map(([name, value]) => [name, fromText(fields[name], value)]);
  const input: unknown = Value.Default(action.input, Object.fromEntries(values));
  if (missing === undefined && Value.Check(action.input, input)) return input;
  const [error] = Value.Errors(action.input, input);
  const field = missing ?? error?.instancePath.split('/')[1] ?? '';
  const problem = missing === undefined ? problemWith(fields[field], error) : 'is required';
  const about = fields[field]?.description;
  const shown = raw[field] === undefined || !fields[field]?.writeOnly ? raw[field] : SECRET;
  throw invalidInput(field, shown, problem, about === undefined ? '' : `It is: ${about}`);
}

/** What of a field's schema is used here. */
interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: readonly string[];
  /** A secret: it is taken, and never shown. */
  readonly writeOnly?: boolean;
  readonly anyOf?: readonly Field[];
}

/** Query strings and flags are text: "10" is a number where one is wanted, and nothing else is taken for another thing. */
function fromText(field: Field | undefined, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const isNumber = field?.type === 'integer' || field?.type === 'number';
  if (isNumber && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (field?.type === 'boolean' && /^(true|false)$/.test(value)) return value === 'true';
  return value;
}

const KINDS: Readonly<Record<string, string>> = {
  integer: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  object: 'an object',
};

/** The words of JSON Schema where they say it well ("must be <= 65535"), ours where they do not. */
function problemWith(
  field: Field | undefined,
  error: { readonly keyword: string; readonly message: string } | undefined,
): string {
  if (error?.keyword === 'enum') return `must be one of ${(field?.enum ?? []).join(', ')}`;
  if (error?.keyword === 'minLength') return 'must not be empty';
  if (error?.keyword !== 'type') return error?.message ?? 'is not valid';
  const kinds = (field?.anyOf ?? [field]).map((one) => KINDS[one?.type ?? ''] ?? 'another type');
  return `must be ${kinds.join(' or ')}`;
}

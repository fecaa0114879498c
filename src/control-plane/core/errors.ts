/**
 * Every way a request can be refused, in one table: the code that programs
 * switch on, the HTTP status, and a text that names the thing, the value and
 * the way out. docs/errors.md is checked against this table in both directions.
 */
import { BACKUP_ERRORS } from './backup-errors.js';
import { CASE_ERRORS } from './case-errors.js';
import { CLASS_ERRORS } from './class-errors.js';
import { METER_ERRORS } from './meter-errors.js';
import { MONEY_ERRORS } from './money-errors.js';

export interface ErrorRow {
  readonly status: number;
  /** `{name}` is replaced by the detail of that name. */
  readonly text: string;
}

export const ERRORS = {
  InvalidInput: {
    status: 400,
    text: '{field}: {problem}, got {value}. {wayOut}',
  },
  UnknownField: {
    status: 400,
    text: 'unknown field "{field}" in {action}. Fields it takes: {known}',
  },
  BodyNotJson: {
    status: 400,
    text: 'the body of the request is not JSON ({problem}). Send an object with content-type application/json, or no body',
  },
  BodyTooLarge: {
    status: 413,
    text: 'the body of the request is larger than {limit} bytes. No action takes that much: send the fields of one action',
  },
  PathNotReadable: {
    status: 400,
    text: 'the path {path} is not a valid one ({problem}). Encode what is not a letter or digit: "%" is "%25"',
  },
  RouteNotFound: {
    status: 404,
    text: 'nothing answers {method} {path}. The API is described at /v1/openapi.json',
  },
  InstanceNotFound: {
    status: 404,
    text: 'no instance "{id}". Instances there are: {known}',
  },
  AccountNotFound: {
    status: 404,
    text: 'no account "{id}". Accounts there are: {known}',
  },
  CheckpointNotFound: {
    status: 404,
    text: 'there is no checkpoint "{id}" (any more). There are: {known}',
  },
  CheckpointNotPossible: {
    status: 409,
    text: 'no checkpoint can be taken: {problem}. {wayOut}',
  },
  RecordNotFound: {
    status: 404,
    text: 'there is no "{id}" among the {table}. There are: {known}',
  },
  UnknownTerms: {
    status: 400,
    text: 'there are no terms "{value}". There are: {known}; "terms check FILE" looks at your own',
  },
  TermsNotValid: {
    status: 400,
    text: 'these terms are not possible: {mistakes}',
  },
  ScenarioNotValid: {
    status: 400,
    text: 'this scenario is not possible:{mistakes}',
  },
  AccountExists: {
    status: 409,
    text: 'there is an account "{id}" already. Top it up, or open one by another name',
  },
  ...CLASS_ERRORS,
  IllegalTransition: {
    status: 409,
    text: '"{on}" is not possible for instance "{id}" in state "{from}" (possible: {legal})',
  },
  IncorrectDBInstanceState: {
    status: 403,
    text: '{action} is not possible while instance "{id}" is {state}: only while it is {legal}',
  },
  InvalidPasswordMalformed: {
    status: 400,
    text: '{field}: {problem}. A password has 8 to 32 characters, of at least three kinds: upper case, lower case, digits, {special}',
  },
  InvalidAccountPasswordFormat: {
    status: 400,
    text: '{field}: {problem}. A password has 8 to 32 characters, of at least three kinds: upper case, lower case, digits, {special}',
  },
  InvalidAccountNameFormat: {
    status: 400,
    text: 'the account name "{name}" is not possible. Use lower-case letters, digits and "_", at most 100, the first a letter',
  },
  InvalidAccountNameForbid: {
    status: 400,
    text: 'the account name "{name}" is a keyword of the service. Take another one, such as {name}_1',
  },
  InvalidAccountNameDuplicate: {
    status: 400,
    text: 'instance "{id}" has an account "{name}" already. Change that one, or take another name',
  },
  InvalidAccountNameNotFound: {
    status: 404,
    text: 'instance "{id}" has no account "{name}". Accounts it has: {known}',
  },
  InvalidAccountDescriptionFormat: {
    status: 400,
    text: 'the description "{description}" is not possible. Use 2 to 256 characters, not beginning with http:// or https://',
  },
  AccountLimitExceeded: {
    status: 403,
    text: 'instance "{id}" has {limit} accounts beside its default one, and no more are possible. Delete one first',
  },
  IncorrectAccount: {
    status: 400,
    text: '"{name}" is the default account of instance "{id}": only its password can be changed. Create another account',
  },
  InvalidSecurityIPListFormat: {
    status: 400,
    text: '"{address}" is not possible in a whitelist: {problem}. Give addresses and ranges by comma, such as 10.0.0.1,192.168.0.0/16,fd00::/8; 0.0.0.0/0,::/0 lets everybody in',
  },
  InvalidSecurityIPListNotFound: {
    status: 404,
    text: 'group "{group}" of the whitelist of instance "{id}" {problem}. It has: {known}',
  },
  SecurityIPListDuplicate: {
    status: 409,
    text: '"{address}" is in group "{group}" of the whitelist of instance "{id}" already. Leave it out',
  },
  SecurityIPListQuotaExceeded: {
    status: 400,
    text: 'the whitelist of instance "{id}" would have {count} addresses and ranges, at most {limit} are possible. Use ranges',
  },
  InvalidGroupNameFormat: {
    status: 400,
    text: 'the group name "{group}" is not possible. Use lower-case letters, digits and "_", 2 to 32, the first a letter, the last a letter or digit',
  },
  ParamNotSupportedForCurrentVersion: {
    status: 400,
    text: 'there is no parameter "{name}" that could be changed. Those that can: {known}',
  },
  InvalidParametersFormat: {
    status: 400,
    text: 'parameter "{name}" cannot be "{value}": it must match {rule}',
  },
  InstanceTypeNotSupport: {
    status: 403,
    text: '"{name}" cannot be changed: the Redis of instance "{id}" belongs to somebody else, and keeps its own settings. Change it there, or use another engine',
  },
  ...CASE_ERRORS,
  ...MONEY_ERRORS,
  ...BACKUP_ERRORS,
  ...METER_ERRORS,
  ClockBackwards: {
    status: 400,
    text: 'the virtual clock only goes forward: it is {now}, and {target} is before that. A new data directory starts a new time',
  },
  AdvanceFailed: {
    status: 503,
    text: 'the clock stands at {at}: {deadline} could not be completed ({problem}). Mend the cause and advance again: nothing is done twice',
  },
  NotInEffectYet: {
    status: 503,
    text: 'it is done and saved, but not in effect yet: {problem}. It is tried again by itself: do not repeat it',
  },
  AdvanceInterrupted: {
    status: 409,
    text: 'the advance to {target} was interrupted: the clock stands at {at}, before {deadline}. All that was due until then is done and saved; advance again to go on',
  },
  TooManySteps: {
    status: 422,
    text: 'an advance to {target} takes more than {limit} steps, it stopped at {at} before {deadline}. Advance in shorter stretches',
  },
  PortBusy: {
    status: 409,
    text: 'port {port} on {host} is in use by another program or instance. Free it, give another port, or give none: the next free one is taken',
  },
  NoFreePort: {
    status: 503,
    text: 'no free port between {from} and {to} on {host}. Free one, or give a port',
  },
  EngineFailed: {
    status: 503,
    text: 'the {engine} engine could not {verb} the backend of instance "{id}": {problem}. {wayOut}',
  },
  EngineNotAvailable: {
    status: 503,
    text: 'no Redis engine: {tried}. Ways out: start Docker; install redis-server 7.0 or later, or valkey-server (Debian: apt-get install redis-server); name a binary with --redis-server FILE; or use a Redis that runs already: --engine external --external redis://host:port',
  },
  EngineChanged: {
    status: 409,
    text: 'the instances in {dir} have their data in the {known} engine, and {asked} was asked for. Start with --engine {known}, or give another directory with --data-dir',
  },
  EngineFull: {
    status: 409,
    text: 'every external Redis has its instance already ({known}). Delete one, or give further addresses with --external',
  },
  RedisTooOld: {
    status: 422,
    text: 'the backend is Redis {version}, and Frostgate needs 7.0 or later: older ones do not refuse writes inside scripts. Give another one with {wayOut}',
  },
  RedisNotUsable: {
    status: 422,
    text: 'the Redis at {address} cannot be an instance: {problem}. {wayOut}',
  },
  DataDirectoryInUse: {
    status: 409,
    text: 'the data directory {dir} is in use by another simulator{owner}. Stop that one, or give another directory with --data-dir',
  },
  StoreNotAvailable: {
    status: 500,
    text: 'nothing can be kept on disk: better-sqlite3 was installed without its compiled part. Allow its install script (npm install-scripts approve better-sqlite3), then: npm rebuild better-sqlite3',
  },
  DataDirectoryNewer: {
    status: 409,
    text: 'the data directory {dir} was written by a newer Frostgate (schema {found}, this one knows {known}). Update Frostgate, or give another directory with --data-dir',
  },
  ListenFailed: {
    status: 503,
    text: 'cannot listen on {host}:{port}: {problem}. Give another address with {wayOut}',
  },
  HostNotAllowed: {
    status: 403,
    text: 'requests for host "{value}" are refused: the API answers {known}. Allow further names with --allowed-host',
  },
  OriginNotAllowed: {
    status: 403,
    text: "requests from the web page {value} are refused. Call the API from the simulator's own page, or without an Origin header",
  },
  TokenRequired: {
    status: 401,
    text: 'this simulator wants its token: send "authorization: Bearer ...", or set FROSTGATE_TOKEN. It stands in the file "token" of the data directory',
  },
  NotReachable: {
    status: 503,
    text: 'no simulator answers at {address} ({problem}). Start one with "npm start" or "npx frostgate up", or name another with --url or FROSTGATE_URL',
  },
  InternalError: {
    status: 500,
    text: "a mistake of Frostgate's own: {problem}. The log has the trace; please report it",
  },
} as const satisfies Record<string, ErrorRow>;

export type ErrorCode = keyof typeof ERRORS;

/**
 * A refusal that its reader can do something about. `details` fill the text
 * of the row and go out with the code, so that programs need not read prose.
 */
export class SimulatorError extends Error {
  override readonly name = 'SimulatorError';

  constructor(
    readonly code: ErrorCode,
    readonly details: Readonly<Record<string, string>> = {},
    options?: { readonly cause?: unknown },
  ) {
    super(
      ERRORS[code].text.replace(/\{(\w+)\}/g, (_, key: string) => details[key] ?? '').trim(),
      options,
    );
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}

/** Stands for a value that is nobody's business: a password. */
export const SECRET = Symbol('a secret');

/** For the most frequent refusal: a value that cannot be what the field is for. */
export function invalidInput(
  field: string,
  value: unknown,
  problem: string,
  wayOut: string,
): SimulatorError {
  // JSON knows no undefined.
  const shown =
    value === undefined ? 'nothing' : value === SECRET ? 'a secret' : JSON.stringify(value);
  return new SimulatorError('InvalidInput', { field, problem, value: shown.slice(0, 200), wayOut });
}

/** What went wrong, in one line, whatever was thrown. */
export function problemOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(problemOf).join('; ');
  }
  return error instanceof Error ? error.message : String(error);
}

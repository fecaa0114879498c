/** The typed HTTP client: a method for each action. What the API refuses is thrown as a SimulatorError, as it would be in process. */
import { request, type IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { ClientConfig } from './config.js';
import type { Action } from './control-plane/actions/action.js';
import { fileFieldOf, isFile } from './control-plane/actions/file-field.js';
import { clientOf, type ActionClient } from './control-plane/actions/index.js';
import type { EventView } from './control-plane/actions/views.js';
import {
  ERRORS,
  invalidInput,
  problemOf,
  SimulatorError,
  type ErrorCode,
} from './control-plane/core/errors.js';

/** A method for each action, at the simulator that listens at `config.url`. */
export function connectTo(config: ClientConfig): ActionClient {
  return clientOf((action, input) => call(config, action, input));
}

/** Which events are followed: from the one after `after`, and only those that ListEvents would tell. */
export interface EventFilter {
  readonly after: number | string;
  readonly instance?: string | undefined;
  readonly type?: string | undefined;
  readonly clause?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** Events as they happen; ends when the simulator does. */
export async function* followEvents(
  config: ClientConfig,
  filter: EventFilter,
  signal?: AbortSignal,
): AsyncGenerator<EventView> {
  const path = `/v1/events/stream${queryOf({ ...filter })}`;
  const response = await send(config, 'GET', path, undefined, signal);
  if (response.statusCode !== 200) throw refusalOf(config, response, await textOf(response));
  let rest = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    const messages = (rest + chunk).split('\n\n');
    rest = messages.pop() ?? '';
    for (const message of messages) {
      const data = /^data: (.*)$/m.exec(message)?.[1];
      if (data !== undefined) yield JSON.parse(data) as EventView;
    }
  }
}

async function call(
  config: ClientConfig,
  action: Action,
  input: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const inBody = fileFieldOf(action.input);
  const inPath = new Set([...action.path.matchAll(/:(\w+)/g)].map(([, field]) => field));
  const rest = Object.fromEntries(
    Object.entries(input).filter(([field]) => !inPath.has(field) && field !== inBody),
  );
  const path = action.path.replace(/:(\w+)/g, (_, field: string) => {
    const property = action.input.properties[field] as { default?: unknown } | undefined;
    return encodedField(field, input[field] ?? property?.default);
  });
  const hasBody = inBody === undefined && (action.method === 'POST' || action.method === 'PUT');
  const url = hasBody ? path : `${path}${queryOf(rest)}`;
  const file = inBody === undefined ? undefined : (input[inBody] as Readable);
  const body = hasBody ? JSON.stringify(rest) : file;
  const response = await send(config, action.method, url, body);
  if (response.statusCode === 200 && isFile(action.output)) return response;
  const text = await textOf(response).catch((cause: unknown) => {
    throw notReachable(config, cause); // it ended in the middle of its answer
  });
  if (response.statusCode !== 200) throw refusalOf(config, response, text);
  try {
    return JSON.parse(text);
  } catch {
    throw strange(config, response, text);
  }
}

/** Without a value, the path would be that of another action: the list of all. */
function encodedField(field: string, value: unknown): string {
  const isScalar = typeof value === 'string' || typeof value === 'number';
  if (isScalar && value !== '') return encodeURIComponent(value);
  throw invalidInput(field, value, 'must not be empty', 'Name one');
}

function queryOf(fields: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  const pairs = given.map(([name, value]): [string, string] => [name, String(value)]);
  return `?${new URLSearchParams(pairs).toString()}`;
}

/** node:http rather than fetch: an advance may take longer than fetch waits for a first byte. */
function send(
  config: ClientConfig,
  method: string,
  path: string,
  body?: string | Readable,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { connection: 'close' };
    if (typeof body === 'string') headers['content-type'] = 'application/json';
    else if (body) headers['content-type'] = 'application/octet-stream';
    if (config.token) headers.authorization = `Bearer ${config.token}`;
    // The path as it is: in a URL, an instance called ".." would be a step up.
    const options = { method, path, headers, ...(signal ? { signal } : {}) };
    const outgoing = request(new URL(config.url), options, resolve);
    outgoing.on('error', (cause) => reject(notReachable(config, cause)));
    if (typeof body !== 'object') {
      outgoing.end(body);
      return;
    }
    // Whoever refuses it may not read all of it.
    body.on('error', (cause) => outgoing.destroy(cause));
    body.pipe(outgoing);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  return text;
}

function refusalOf(config: ClientConfig, response: IncomingMessage, body: string): SimulatorError {
  try {
    const { error } = JSON.parse(body) as {
      error: { code: ErrorCode; details: Record<string, string> };
    };
    if (Object.hasOwn(ERRORS, error.code)) return new SimulatorError(error.code, error.details);
  } catch {
    // Not ours.
  }
  return strange(config, response, body);
}

function notReachable(config: ClientConfig, cause: unknown): SimulatorError {
  const details = { address: config.url, problem: problemOf(cause) };
  return new SimulatorError('NotReachable', details, { cause });
}

/** Somebody else answers at that address. */
function strange(config: ClientConfig, response: IncomingMessage, body: string): SimulatorError {
  const status = String(response.statusCode);
  const shown = body.replace(/\s+/g, ' ').slice(0, 80);
  const problem = `something else does, with status ${status}: ${shown}`;
  return new SimulatorError('NotReachable', { address: config.url, problem });
}

/** The typed HTTP client: a method for each action. What the API refuses is thrown as a SimulatorError, as it would be in process. */
import { request, type IncomingMessage } from 'node:http';
import type { ClientConfig } from './config.js';
import type { Action } from './control-plane/actions/action.js';
import { clientOf, type ActionClient } from './control-plane/actions/index.js';
import type { EventView } from './control-plane/actions/views.js';
import { ERRORS, problemOf, SimulatorError, type ErrorCode } from './control-plane/core/errors.js';

export function connectTo(config: ClientConfig): ActionClient {
  return clientOf((action, input) => call(config, action, input));
}

/** Events as they happen, from the one after `after`; ends when the simulator does. */
export async function* followEvents(
  config: ClientConfig,
  after: number,
  signal?: AbortSignal,
): AsyncGenerator<EventView> {
  const response = await send(
    config,
    'GET',
    `/v1/events/stream?after=${String(after)}`,
    undefined,
    signal,
  );
  if (response.statusCode !== 200) throw refusalOf(response, await textOf(response));
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
  const inPath = new Set([...action.path.matchAll(/:(\w+)/g)].map(([, field]) => field));
  const rest = Object.fromEntries(Object.entries(input).filter(([field]) => !inPath.has(field)));
  const path = action.path.replace(/:(\w+)/g, (_, field: string) => {
    const property = action.input.properties[field] as { default?: unknown } | undefined;
    return encodeURIComponent(String(input[field] ?? property?.default));
  });
  const hasBody = action.method === 'POST' || action.method === 'PUT';
  const given = Object.entries(rest).filter(([, value]) => value !== undefined);
  const query = new URLSearchParams(
    given.map(([name, value]): [string, string] => [name, String(value)]),
  );
  const url = hasBody || given.length === 0 ? path : `${path}?${query.toString()}`;
  const response = await send(
    config,
    action.method,
    url,
    hasBody ? JSON.stringify(rest) : undefined,
  );
  const body = await textOf(response);
  if (response.statusCode !== 200) throw refusalOf(response, body);
  return JSON.parse(body);
}

/** node:http rather than fetch: an advance may take longer than fetch waits for a first byte. */
function send(
  config: ClientConfig,
  method: string,
  path: string,
  body?: string,
  signal?: AbortSignal,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers: Record<string, string> = { connection: 'close' };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (config.token) headers.authorization = `Bearer ${config.token}`;
    const outgoing = request(
      new URL(path, config.url),
      { method, headers, ...(signal ? { signal } : {}) },
      resolve,
    );
    outgoing.on('error', (cause) => {
      const details = { address: config.url, problem: problemOf(cause) };
      reject(new SimulatorError('NotReachable', details, { cause }));
    });
    outgoing.end(body);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  return text;
}

function refusalOf(response: IncomingMessage, body: string): SimulatorError {
  try {
    const { error } = JSON.parse(body) as {
      error: { code: ErrorCode; details: Record<string, string> };
    };
    if (Object.hasOwn(ERRORS, error.code)) return new SimulatorError(error.code, error.details);
  } catch {
    // Not ours: somebody else answers at that address.
  }
  const problem = `status ${String(response.statusCode)}: ${body.slice(0, 200)}`;
  return new SimulatorError('InternalError', { problem });
}

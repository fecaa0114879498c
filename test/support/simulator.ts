/** A whole simulator in this process, with real Redis servers, and what tests ask about it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { request, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  startSimulator,
  type ActionClient,
  type Simulator,
  type SimulatorOptions,
} from '../../src/index.js';
import { connectTo } from './backends.js';

/** Local servers, whatever else this machine has; the rest as startSimulator() has it. */
export function simulator(options: SimulatorOptions = {}): Promise<Simulator> {
  return startSimulator({ engine: 'process', ...options });
}

/** An instance's endpoint, as an application has it. */
export function redisOf(instance: { readonly port: number | null }) {
  return connectTo({ host: '127.0.0.1', port: instance.port ?? 0 });
}

/** Everything that can be known from outside: two of them are equal where nothing was lost or changed. */
export async function worldOf(client: ActionClient): Promise<unknown> {
  const { accounts, ...status } = await client.getStatus();
  const { instances } = await client.describeInstances({ all: true });
  const { events } = await client.listEvents({ limit: 10_000 });
  const ledgers = accounts.map(({ id }) => client.listLedger({ account: id, limit: 10_000 }));
  return { status, accounts, instances, events, ledgers: await Promise.all(ledgers) };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body, where it is JSON. */
  readonly body: unknown;
}

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** As it stands; anything but text is written as JSON. */
  readonly body?: unknown;
}

/** A request that may say anything: fetch() would set Host and Origin itself, and tidy up the path. */
export async function ask(url: string | null, path: string, asked: Asked = {}): Promise<Answer> {
  const response = await open(url, path, asked);
  let text = '';
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) text += chunk;
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    text,
    body: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}

/** The same, with the body still to be read. */
export function open(
  url: string | null,
  path: string,
  { method = 'GET', headers = {}, body }: Asked = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(url ?? ''), { path, method, headers, agent: false }, resolve);
    outgoing.on('error', reject);
    outgoing.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
  });
}

export interface Refusal {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly details: Readonly<Record<string, string>>;
  };
}

export interface TemporaryDirectory extends AsyncDisposable {
  readonly path: string;
}

export async function temporaryDirectory(): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'frostgate-e2e-'));
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

/** Command lines of all processes there are. */
export function commandLines(): string[] {
  return processIds().map((id) => procFile(id, 'cmdline'));
}

/** Command lines and environments: what `ps eww` shows. */
export function shownByPs(): string {
  return processIds()
    .map((id) => `${procFile(id, 'cmdline')} ${procFile(id, 'environ')}`)
    .join('\n');
}

/** Processes that were started for something in this directory and have not ended. */
export function processesIn(directory: string): string[] {
  return commandLines().filter((line) => line.includes(directory));
}

function processIds(): string[] {
  if (!existsSync('/proc/self/cmdline')) throw new Error('this test reads /proc');
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name));
}

/** Empty for one that has ended meanwhile. */
function procFile(id: string, name: string): string {
  try {
    return readFileSync(`/proc/${id}/${name}`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

// Frostgate as its users have it: a process of its own, `frostgate up`, spoken to over its HTTP API.
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nextLineOf } from './stage.mjs';

const BIN = fileURLToPath(new URL('../../bin/frostgate.js', import.meta.url));

let started = 0;

/** Starts a simulator on a frozen clock; resolves with its API, and its process, when it is ready. `nodeOptions`: for Node, in all of its threads. */
export async function startFrostgate(stage, settings = [], nodeOptions = '') {
  started += 1;
  const args = ['up', '--json', '--data-dir', stage.file(`data-${started}`), '--api-port', '0'];
  const path = `${dirname(process.execPath)}${delimiter}${process.env.PATH}`;
  const env = { ...process.env, PATH: path, NODE_OPTIONS: nodeOptions };
  const child = stage.start(BIN, [...args, '--rate', '0', ...settings], env);
  const { apiUrl } = JSON.parse(await nextLineOf(child));
  return { api: new Api(apiUrl), child };
}

export class Api {
  constructor(url) {
    this.url = url;
  }

  async get(path) {
    return answerOf(await fetch(`${this.url}${path}`));
  }

  async post(path, body = {}) {
    const headers = { 'content-type': 'application/json' };
    return answerOf(
      await fetch(`${this.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }),
    );
  }
}

async function answerOf(response) {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

const BANDWIDTH_MB = 10_000;

/**
 * The instance under measurement, with everything switched on that an instance can have. This is the one place
 * to say so: what is wanted of it goes into the request, and how clients log in into `login`.
 */
export async function createBenchInstance(api, name = 'bench') {
  const password = 'Bench-Password-1';
  // A ceiling that is accounted for with every chunk, and that this machine does not reach.
  const instance = await api.post('/v1/instances', { name, password, bandwidth: BANDWIDTH_MB });
  const { id, port } = instance;
  const accounts = `/v1/instances/${id}/accounts`;
  await api.post(accounts, { accountName: 'app', password });
  return { id, port, login: { user: 'app', password } };
}

/** How redis-benchmark and redis-cli are told who they are: `login` is null, or `{ user, password }`. */
export function loginArgs(login) {
  if (login === null) return [];
  return [...(login.user ? ['--user', login.user] : []), '-a', login.password];
}

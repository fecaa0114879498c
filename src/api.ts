/** The HTTP API of a simulator: listening, its token, its end. */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';
import type { Config } from './config.js';
import type { ActionContext } from './control-plane/actions/action.js';
import { reachable } from './control-plane/actions/views.js';
import { problemOf, SimulatorError } from './control-plane/core/errors.js';
import type { EventLog } from './control-plane/event-log.js';
import { isLoopback } from './control-plane/core/loopback.js';
import { keepToken, keptToken } from './token-file.js';

/** The page is built beside what runs; where the sources run, as in tests, dist/ has it. */
const PAGE_FOLDER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? '../dist/dashboard' : './dashboard', import.meta.url),
);

export interface Api {
  readonly url: string;
  close(): Promise<void>;
}

/** Resolves when the API listens; null where none is wanted. Throws ListenFailed. */
export async function openApi(
  config: Config,
  token: string | null,
  context: ActionContext,
  events: EventLog,
  log: Logger,
): Promise<Api | null> {
  const { apiHost: host, apiPort: port, allowedHosts } = config;
  if (port === null) return null;
  // Loaded only where it is used: it takes longer than all the rest.
  const { createHttpServer } = await import('./control-plane/http/http-server.js');
  const app = await createHttpServer({
    ...{ context, events, log, pageFolder: PAGE_FOLDER },
    rules: { allowedHosts, token },
  });
  try {
    await app.listen({ host, port });
  } catch (cause) {
    await app.close();
    const details = { host, port: String(port), problem: problemOf(cause) };
    const wayOut = '--api-port and --api-host';
    throw new SimulatorError('ListenFailed', { ...details, wayOut }, { cause });
  }
  const address = app.server.address();
  const listening = typeof address === 'object' && address ? address.port : port;
  return {
    url: `http://${reachable(host)}:${String(listening)}`,
    close: () => app.close(),
  };
}

/** Given, or made where the API can be reached from elsewhere; kept, so that a restart locks nobody out. null: none is wanted. */
export function tokenOf(config: Config, dataDir: string | null): string | null {
  if (config.token !== undefined) return config.token;
  if (isLoopback(config.apiHost)) return null;
  const kept = dataDir === null ? undefined : keptToken(dataDir);
  if (kept !== undefined) return kept;
  const made = randomBytes(24).toString('base64url');
  if (dataDir !== null) keepToken(dataDir, made);
  return made;
}

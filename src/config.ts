/**
 * Flags and environment to a Config: the only reader of process.env. A setting
 * is a row; the flags of `frostgate up` and docs/configuration.md come from it.
 */
import { reachable } from './control-plane/actions/views.js';
import { parseInstant, type Instant } from './control-plane/core/duration.js';
import { invalidInput, problemOf } from './control-plane/core/errors.js';
import { parseMoney, type Money } from './control-plane/core/money.js';
import { DEFAULT_SECURITY_IPS, parseSecurityIps } from './control-plane/core/whitelist.js';

export const ENGINE_KINDS = ['auto', 'docker', 'process', 'external', 'fake'] as const;
export type EngineKind = (typeof ENGINE_KINDS)[number];

export interface Config {
  readonly engine: EngineKind;
  readonly redisServer: string | undefined;
  readonly dockerImage: string;
  readonly dockerNetwork: string | undefined;
  readonly external: readonly string[];
  readonly flushExternal: readonly string[];
  /** null: nothing is kept, and nothing is left behind. */
  readonly dataDir: string | null;
  readonly apiHost: string;
  /** null: no HTTP API. */
  readonly apiPort: number | null;
  readonly token: string | undefined;
  readonly allowedHosts: readonly string[];
  readonly host: string;
  readonly ports: { readonly from: number; readonly to: number };
  /** Addresses and ranges that may connect to an instance of which nobody says it. */
  readonly securityIps: readonly string[];
  /** Virtual milliseconds for each real one, 0 is frozen; undefined: as before, or the default at the first start. */
  readonly rate: number | undefined;
  /** Where the clock begins at the first start; undefined: now. */
  readonly clockStart: Instant | undefined;
  readonly openingBalance: Money;
  /** What the machine says: where programs are, and where Docker is. */
  readonly path: string;
  readonly dockerHost: string | undefined;
}

interface Setting {
  readonly field: keyof Config;
  readonly flag: string;
  readonly env: string;
  readonly initial: string;
  readonly description: string;
  readonly parse: (text: string, name: string) => unknown;
}

const text = (value: string) => (value === '' ? undefined : value);
const wanted = (value: string, name: string) => {
  if (value.trim() !== '') return value;
  throw invalidInput(name, value, 'must not be empty', 'Leave it out for what is built in');
};
const list = (value: string) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);

export const SETTINGS = [
  {
    field: 'engine',
    flag: '--engine <kind>',
    env: 'FROSTGATE_ENGINE',
    initial: 'auto',
    description: `What runs Redis: ${ENGINE_KINDS.slice(0, 4).join(', ')}`,
    parse: parseEngine,
  },
  {
    field: 'redisServer',
    flag: '--redis-server <file>',
    env: 'FROSTGATE_REDIS_SERVER',
    initial: '',
    description:
      'The redis-server or valkey-server of the process engine; found on PATH by default',
    parse: text,
  },
  {
    field: 'dockerImage',
    flag: '--docker-image <image>',
    env: 'FROSTGATE_DOCKER_IMAGE',
    initial: 'redis:7.2',
    description: 'The image of the docker engine: Redis 7.0 or later, or Valkey',
    parse: wanted,
  },
  {
    field: 'dockerNetwork',
    flag: '--docker-network <name>',
    env: 'FROSTGATE_DOCKER_NETWORK',
    initial: '',
    description: 'A Docker network to reach the containers in, instead of loopback ports',
    parse: text,
  },
  {
    field: 'external',
    flag: '--external <urls>',
    env: 'FROSTGATE_EXTERNAL',
    initial: '',
    description:
      'Redis servers for the external engine, by comma: redis://[user:password@]host:port',
    parse: list,
  },
  {
    field: 'flushExternal',
    flag: '--flush-external <addresses>',
    env: 'FROSTGATE_FLUSH_EXTERNAL',
    initial: '',
    description: 'Which of them are flushed when their instance is deleted, by comma: host:port',
    parse: list,
  },
  {
    field: 'dataDir',
    flag: '--data-dir <dir>',
    env: 'FROSTGATE_DATA_DIR',
    initial: '.frostgate',
    description: 'Where state and data are kept',
    parse: wanted,
  },
  {
    field: 'apiHost',
    flag: '--api-host <address>',
    env: 'FROSTGATE_API_HOST',
    initial: '127.0.0.1',
    description: 'Where the HTTP API listens; anything but loopback wants a token from callers',
    parse: wanted,
  },
  {
    field: 'apiPort',
    flag: '--api-port <port>',
    env: 'FROSTGATE_API_PORT',
    initial: '7480',
    description: 'The port of the HTTP API; 0 lets the system choose',
    parse: parsePort,
  },
  {
    field: 'token',
    flag: '--token <token>',
    env: 'FROSTGATE_TOKEN',
    initial: '',
    description:
      'What callers of the API must show; made by itself where it listens beyond loopback',
    parse: text,
  },
  {
    field: 'allowedHosts',
    flag: '--allowed-host <names>',
    env: 'FROSTGATE_ALLOWED_HOST',
    initial: '',
    description: 'Further host names that API requests may be for, by comma',
    parse: list,
  },
  {
    field: 'host',
    flag: '--host <address>',
    env: 'FROSTGATE_HOST',
    initial: '127.0.0.1',
    description: 'Where the endpoints of instances listen',
    parse: wanted,
  },
  {
    field: 'ports',
    flag: '--ports <from-to>',
    env: 'FROSTGATE_PORTS',
    initial: '6400-6499',
    description: 'Ports for endpoints that were not given one',
    parse: parsePorts,
  },
  {
    field: 'securityIps',
    flag: '--security-ips <addresses>',
    env: 'FROSTGATE_SECURITY_IPS',
    initial: DEFAULT_SECURITY_IPS,
    description:
      'Who may connect to instances that are created without a whitelist: addresses and ranges, by comma',
    parse: parseWhitelist,
  },
  {
    field: 'rate',
    flag: '--rate <rate>',
    env: 'FROSTGATE_RATE',
    initial: '',
    description:
      'Virtual seconds for each real one: 0 is a frozen clock. 1 at the first start, then as it was',
    parse: parseRate,
  },
  {
    field: 'clockStart',
    flag: '--clock-start <instant>',
    env: 'FROSTGATE_CLOCK_START',
    initial: '',
    description: 'Where the virtual clock begins at the first start; now by default',
    parse: (value: string, name: string) => (value === '' ? undefined : parseInstant(name, value)),
  },
  {
    field: 'openingBalance',
    flag: '--opening-balance <amount>',
    env: 'FROSTGATE_OPENING_BALANCE',
    initial: '100',
    description: 'What the default account has at the first start and after a reset',
    parse: (value: string, name: string) => parseMoney(name, value),
  },
] as const satisfies readonly Setting[];

export type Flags = Partial<Readonly<Record<string, string>>>;

/** Flags win over the environment, and that over what is built in. Throws InvalidInput, naming the flag or the variable. */
export function configOf(flags: Flags, env: NodeJS.ProcessEnv = process.env): Config {
  const values = (SETTINGS as readonly Setting[]).map(
    ({ field, flag, env: name, initial, parse }) => {
      const flagName = flag.split(' ')[0] ?? flag;
      const given = flags[camelCased(flagName)];
      if (given !== undefined) return [field, parse(given, flagName)];
      // Compose files pass on variables that nobody set as empty ones.
      return [field, parse(env[name]?.trim() || initial, name)];
    },
  );
  return {
    ...(Object.fromEntries(values) as Omit<Config, 'path' | 'dockerHost'>),
    ...machineOf(env),
  };
}

/** What the machine says, whatever the settings are. */
export function machineOf(
  env: NodeJS.ProcessEnv = process.env,
): Pick<Config, 'path' | 'dockerHost'> {
  return { path: env.PATH ?? '', dockerHost: env.DOCKER_HOST };
}

export interface ClientConfig {
  readonly url: string;
  readonly token: string | undefined;
}

/** Which simulator the command line talks to. */
export function clientConfigOf(flags: Flags, env: NodeJS.ProcessEnv = process.env): ClientConfig {
  const { apiHost, apiPort } = configOf({}, env);
  const own = `http://${reachable(apiHost)}:${String(apiPort)}`;
  const url = flags.url ?? (env.FROSTGATE_URL?.trim() || own);
  if (!/^http:\/\/[^/]+\/?$/.test(url) || !URL.canParse(url)) {
    const name = flags.url === undefined ? 'FROSTGATE_URL' : '--url';
    const wayOut = 'Give one such as http://127.0.0.1:7480';
    throw invalidInput(name, url, 'is not the address of an API', wayOut);
  }
  return { url, token: text(flags.token ?? env.FROSTGATE_TOKEN ?? '') };
}

/** Colour only on a terminal, and not where its user said no (no-color.org). */
export function wantsColour(
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  return stream.isTTY === true && !env.NO_COLOR;
}

function parseEngine(value: string, name: string): EngineKind {
  const kind = ENGINE_KINDS.find((one) => one === value);
  if (kind) return kind;
  throw invalidInput(name, value, 'is no engine', `One of ${ENGINE_KINDS.join(', ')}`);
}

function parsePort(value: string, name: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65_535) return port;
  throw invalidInput(name, value, 'is not a port', 'Give a number from 0 to 65535');
}

function parsePorts(value: string, name: string): { from: number; to: number } {
  const match = /^(\d+)-(\d+)$/.exec(value);
  const from = Number(match?.[1]);
  const to = Number(match?.[2]);
  if (match && from > 0 && from <= to && to <= 65_535) return { from, to };
  throw invalidInput(name, value, 'is not a range of ports', 'Give one such as 6400-6499');
}

function parseWhitelist(value: string, name: string): readonly string[] {
  try {
    return parseSecurityIps(value);
  } catch (error) {
    throw invalidInput(name, value, 'is no whitelist', problemOf(error));
  }
}

function parseRate(value: string, name: string): number | undefined {
  if (value === '') return undefined;
  const rate = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && rate <= 1_000_000) return rate;
  throw invalidInput(name, value, 'is not a rate', 'Give a number from 0 (frozen) to 1000000');
}

function camelCased(flag: string): string {
  return flag.replace(/^--/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

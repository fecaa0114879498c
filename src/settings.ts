/** What can be set: a setting is a row; the flags of `frostgate up` and docs/configuration.md come from it. */
import type { Config } from './config.js';
import {
  ENGINE_KINDS,
  parseEngine,
  parsePort,
  parsePorts,
  parseRate,
  parseWhitelist,
} from './config-values.js';
import { parseInstant } from './control-plane/core/duration.js';
import { invalidInput } from './control-plane/core/errors.js';
import { parseMoney } from './control-plane/core/money.js';
import { DEFAULT_SECURITY_IPS } from './control-plane/core/whitelist.js';

export interface Setting {
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

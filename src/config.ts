/** Flags and environment to a Config: the only reader of process.env. */
/// <reference types="node" preserve="true" />
import { reachable } from './control-plane/actions/views.js';
import type { Instant } from './control-plane/core/duration.js';
import { invalidInput } from './control-plane/core/errors.js';
import { isLoopback } from './control-plane/core/loopback.js';
import type { Money } from './control-plane/core/money.js';
import type { EngineKind } from './config-values.js';
import { SETTINGS, type Setting } from './settings.js';
import { keptToken } from './token-file.js';

export type { EngineKind };
export { SETTINGS };

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

export type Flags = Partial<Readonly<Record<string, string>>>;

/** Flags win over the environment, and that over what is built in. Throws InvalidInput, naming the flag or the variable. */
export function configOf(flags: Flags, env: NodeJS.ProcessEnv = process.env): Config {
  const values = (SETTINGS as readonly Setting[]).map(
    ({ field, flag, env: name, initial, parse }) => {
      const flagName = flag.split(' ')[0] ?? flag;
      const given = flags[flagFieldOf(flag)];
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

/** Only what was said, by flag or environment: for a simulator whose defaults are those of a test. Throws as `configOf`. */
export function givenConfigOf(flags: Flags, env: NodeJS.ProcessEnv = process.env): Partial<Config> {
  const all = configOf(flags, env);
  const given = (SETTINGS as readonly Setting[]).filter(
    ({ flag, env: name }) => flags[flagFieldOf(flag)] !== undefined || env[name]?.trim(),
  );
  return Object.fromEntries(given.map(({ field }) => [field, all[field]]));
}

const OF_ENGINES: readonly string[] = ['engine', 'redisServer', 'dockerImage', 'dockerNetwork'];

/** What the environment says of what runs Redis, and nothing else: many may start with the same environment. */
export function engineConfigOf(env: NodeJS.ProcessEnv = process.env): Partial<Config> {
  const given = Object.entries(givenConfigOf({}, env));
  return Object.fromEntries(given.filter(([field]) => OF_ENGINES.includes(field)));
}

/** What a command that is run begins with. */
export function processEnvironment(): NodeJS.ProcessEnv {
  return process.env;
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

/**
 * Which simulator the command line talks to. Where none is named, it is the one of this machine: its token need not be given
 * to whoever may read its data directory.
 */
export function clientConfigOf(flags: Flags, env: NodeJS.ProcessEnv = process.env): ClientConfig {
  const { apiHost, apiPort, dataDir } = configOf({}, env);
  const own = `http://${reachable(apiHost)}:${String(apiPort)}`;
  const url = flags.url ?? (env.FROSTGATE_URL?.trim() || own);
  if (!/^http:\/\/[^/]+\/?$/.test(url) || !URL.canParse(url)) {
    const name = flags.url === undefined ? 'FROSTGATE_URL' : '--url';
    const wayOut = 'Give one such as http://127.0.0.1:7480';
    throw invalidInput(name, url, 'is not the address of an API', wayOut);
  }
  const given = (flags.token ?? env.FROSTGATE_TOKEN ?? '') || undefined;
  const kept = isSamePlace(url, own) && dataDir !== null ? keptToken(dataDir) : undefined;
  return { url, token: given ?? kept };
}

/** However it is written: a token goes nowhere but where it is from. */
function isSamePlace(url: string, own: string): boolean {
  if (!URL.canParse(own)) return false; // by a host that is none
  const [one, other] = [new URL(url), new URL(own)];
  const areBoth = [one, other].every(({ hostname }) => isLoopback(hostname));
  return one.port === other.port && (areBoth || one.hostname === other.hostname);
}

/** The simulator that tests are told to join, or null: whoever has FROSTGATE_URL has been given one. Throws InvalidInput. */
export function joinConfigOf(env: NodeJS.ProcessEnv = process.env): ClientConfig | null {
  return env.FROSTGATE_URL?.trim() ? clientConfigOf({}, env) : null;
}

/** Colour only on a terminal, and not where its user said no (no-color.org). */
export function wantsColour(
  stream: { isTTY?: boolean },
  env: NodeJS.ProcessEnv = process.env,
): boolean {
  return stream.isTTY === true && !env.NO_COLOR;
}

/** `--api-port <port>` is `apiPort` among the flags. */
function flagFieldOf(flag: string): string {
  return camelCased(flag.split(' ')[0] ?? flag);
}

function camelCased(flag: string): string {
  return flag.replace(/^--/, '').replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/**
 * Who may call the API. Loopback alone is no protection from a web page in the
 * developer's browser: a page may name this machine as its own host (DNS
 * rebinding) or simply post to it. So Host and Origin are checked, and where
 * the API listens to others, a token is wanted.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { SimulatorError } from '../core/errors.js';
import { LOOPBACK_NAMES } from '../core/loopback.js';

export interface DoorkeeperRules {
  /** Host names beside the loopback ones that requests may be for. */
  readonly allowedHosts: readonly string[];
  /** Wanted from everybody, or null. */
  readonly token: string | null;
}

/** A container's health check has no token, and tells nothing. */
const HEALTH = '/v1/health';

export class Doorkeeper {
  readonly #hosts: readonly string[];
  /** For which no token is wanted. */
  readonly #open = new Set([HEALTH]);

  constructor(private readonly rules: DoorkeeperRules) {
    this.#hosts = [...LOOPBACK_NAMES, ...rules.allowedHosts.map((host) => host.toLowerCase())];
  }

  /** The files of the page tell nothing either: who has no token can do nothing with them. */
  open(routes: readonly string[]): void {
    for (const route of routes) this.#open.add(route);
  }

  /** Throws TokenRequired, HostNotAllowed, OriginNotAllowed. */
  check(headers: IncomingHttpHeaders, route: string): void {
    const { token } = this.rules;
    if (token !== null) {
      if (this.#open.has(route) || isBearer(headers.authorization, token)) return;
      throw new SimulatorError('TokenRequired');
    }
    const host = headers.host ?? '';
    if (!this.#hosts.includes(withoutPort(host).toLowerCase())) {
      throw new SimulatorError('HostNotAllowed', { value: host, known: this.#hosts.join(', ') });
    }
    if (headers.origin !== undefined && headers.origin !== `http://${host}`) {
      throw new SimulatorError('OriginNotAllowed', { value: headers.origin });
    }
  }
}

/** In constant time, whatever the lengths. */
function isBearer(authorization: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
  return given !== undefined && timingSafeEqual(digest(given), digest(token));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function withoutPort(host: string): string {
  return host.replace(/:\d+$/, '');
}

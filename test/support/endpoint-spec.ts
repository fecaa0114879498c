/** What an endpoint is told in tests of the data plane: nothing is forbidden, nobody has to log in. */
import { createHmac } from 'node:crypto';
import type {
  Access,
  Ceilings,
  EndpointSpec,
  PasswordHash,
  Words,
} from '../../src/server/index.js';

export const NOWRITE = "NOWRITE You can't write against a non-write redis";
export const NOREAD = "NOREAD You can't read against a non-read redis";

export const OPEN: Access = { reads: null, writes: null };

export const WORDS: Words = {
  wrongPassword: 'WRONGPASS invalid username-password pair',
  notLoggedIn: 'NOAUTH Authentication required',
  illegalAddress: 'ERR illegal address: {address}',
  tooManyConnections: 'ERR max number of clients reached',
  notServed: 'ERR redis temporary failure',
};

export const NO_CEILINGS: Ceilings = {
  connections: 100_000,
  newConnectionsPerSecond: 1_000_000,
  bytesPerSecondIn: null,
  bytesPerSecondOut: null,
};

export function endpointSpec(changes: Partial<EndpointSpec> = {}): EndpointSpec {
  return {
    instanceId: 'r-1',
    host: '127.0.0.1',
    port: 0,
    access: OPEN,
    backendRefusal: NOWRITE,
    notOpen: {},
    words: WORDS,
    logins: [],
    unasked: changes.backend ?? null,
    whitelist: ['127.0.0.0/8', '::1'],
    ceilings: NO_CEILINGS,
    generation: 0,
    latencyMs: 0,
    backend: null,
    ...changes,
  };
}

/** As the control plane makes it, but with the same salt each time. */
export function hashOf(password: string): PasswordHash {
  const salt = '0123456789abcdef0123456789abcdef';
  const key = Buffer.from(salt, 'hex');
  return { salt, hash: createHmac('sha256', key).update(password).digest('hex') };
}

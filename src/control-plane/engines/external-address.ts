/** The address of a Redis that somebody else runs, as it is given on the command line. */
import type { BackendAddress } from '../../server/index.js';
import { invalidInput } from '../core/errors.js';

const DEFAULT_PORT = 6379;
const WAY_OUT = 'Give redis://host:port, or redis://user:password@host:port';

export interface ExternalAddress extends BackendAddress {
  /** `host:port`: how it is named, without its password. */
  readonly name: string;
}

/** Throws InvalidInput; what is after `redis://` may hold a password, so it is not in the message. */
export function parseExternalAddresses(texts: readonly string[]): readonly ExternalAddress[] {
  const addresses = texts.map(parse);
  const twice = addresses.find(({ name }, at) => addresses.findIndex((a) => a.name === name) < at);
  if (twice) throw refused(twice.name, 'is given twice, and serves one instance only');
  return addresses;
}

function parse(text: string): ExternalAddress {
  const shown = text.replace(/^(\w+:\/\/)?.*@/, '$1...@');
  if (!text.startsWith('redis://')) throw refused(shown, 'must begin with redis:// (no TLS)');
  if (!URL.canParse(text)) throw refused(shown, 'is not an address');
  const url = new URL(text);
  if (url.hostname === '') throw refused(shown, 'has no host');
  if (!['', '/', '/0'].includes(url.pathname) || url.search !== '' || url.hash !== '') {
    throw refused(shown, 'must end after the port: an instance has all databases');
  }
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    username: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    name: `${url.hostname}:${String(port)}`,
  };
}

function refused(shown: string, problem: string): Error {
  return invalidInput('external', shown, problem, WAY_OUT);
}

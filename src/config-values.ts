/** The values of settings, as they are written. What is not possible throws InvalidInput, with the name of the flag or variable. */
import { invalidInput, problemOf } from './control-plane/core/errors.js';
import { parseSecurityIps } from './control-plane/core/whitelist.js';

export const ENGINE_KINDS = ['auto', 'docker', 'process', 'external', 'fake'] as const;
export type EngineKind = (typeof ENGINE_KINDS)[number];

export function parseEngine(value: string, name: string): EngineKind {
  const kind = ENGINE_KINDS.find((one) => one === value);
  if (kind) return kind;
  throw invalidInput(name, value, 'is no engine', `One of ${ENGINE_KINDS.join(', ')}`);
}

export function parsePort(value: string, name: string): number {
  const port = Number(value);
  if (/^\d+$/.test(value) && port <= 65_535) return port;
  throw invalidInput(name, value, 'is not a port', 'Give a number from 0 to 65535');
}

export function parsePorts(value: string, name: string): { from: number; to: number } {
  const match = /^(\d+)-(\d+)$/.exec(value);
  const from = Number(match?.[1]);
  const to = Number(match?.[2]);
  if (match && from > 0 && from <= to && to <= 65_535) return { from, to };
  throw invalidInput(name, value, 'is not a range of ports', 'Give one such as 6400-6499');
}

export function parseWhitelist(value: string, name: string): readonly string[] {
  try {
    return parseSecurityIps(value);
  } catch (error) {
    throw invalidInput(name, value, 'is no whitelist', problemOf(error));
  }
}

export function parseRate(value: string, name: string): number | undefined {
  if (value === '') return undefined;
  const rate = Number(value);
  if (/^\d+(\.\d+)?$/.test(value) && rate <= 1_000_000) return rate;
  throw invalidInput(name, value, 'is not a rate', 'Give a number from 0 (frozen) to 1000000');
}

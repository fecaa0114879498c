/** The token that a simulator has made for itself: it stands in its data directory, for those who may read that. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const NAME = 'token';

/** Undefined where there is none, or it is not for us. */
export function keptToken(dataDir: string): string | undefined {
  try {
    return readFileSync(join(dataDir, NAME), 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Only its owner may read it. */
export function keepToken(dataDir: string, token: string): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  writeFileSync(join(dataDir, NAME), `${token}\n`, { mode: 0o600 });
}

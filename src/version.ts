/** The version in package.json, which stands one level above both src/ and dist/. */
import { readFileSync } from 'node:fs';

interface Manifest {
  readonly version: string;
}

export const VERSION: string = (
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as Manifest
).version;

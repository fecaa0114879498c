/** What stands between fences in README.md and docs/. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../..');

export interface Example {
  /** `docs/testing.md:9` */
  readonly where: string;
  readonly language: string;
  readonly text: string;
}

export function examples(): Example[] {
  const pages = ['README.md', ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`)];
  return pages.filter((page) => page.endsWith('.md')).flatMap(examplesOf);
}

function examplesOf(page: string): Example[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```(\w*)\n(.*?)^```/gms)].map((found) => ({
    where: `${page}:${String(text.slice(0, found.index).split('\n').length)}`,
    language: found[1] ?? '',
    text: found[2] ?? '',
  }));
}

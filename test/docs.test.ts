/** The documentation says what the code does, and nothing else: pages are compared with what the code makes of them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pageOf, PAGES, written } from '../scripts/docs.mjs';
import { ACTIONS } from '../src/control-plane/actions/index.js';

test.each(Object.keys(PAGES))(
  'docs/%s.md tells the code as it is (`npm run docs` writes it anew)',
  async (name) => {
    expect(pageOf(name)).toBe(await written(name));
  },
);

test('every action that is written is in the table of contents, under its own name', async () => {
  const folder = join(import.meta.dirname, '..', 'src', 'control-plane', 'actions');
  const files = readdirSync(folder).filter((file) => file !== 'index.ts');
  const found = new Set<string>();
  for (const file of files) {
    const exported = (await import(join(folder, file))) as Record<string, unknown>;
    for (const [name, one] of Object.entries(exported)) {
      if (typeof one === 'object' && one !== null && 'run' in one) found.add(name);
    }
  }
  expect(found).toEqual(new Set(Object.keys(ACTIONS)));
  for (const [name, action] of Object.entries(ACTIONS)) expect(action.name).toBe(name);
});

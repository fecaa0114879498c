/** Structures on the command line: JSON as it is, or a file that has it. */
import { open, readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { isFile } from '../control-plane/actions/file-field.js';
import type { Action } from '../control-plane/actions/action.js';
import { invalidInput, problemOf } from '../control-plane/core/errors.js';

/** The input with every structure read. Throws InvalidInput. */
export async function withStructures(
  { input: { properties } }: Pick<Action, 'input'>,
  input: object,
): Promise<object> {
  const read = Object.entries(input).map(
    async ([name, value]: [string, unknown]): Promise<readonly [string, unknown]> => {
      const { type } = (properties[name] ?? {}) as { readonly type?: string };
      if (isFile(properties[name]) && typeof value === 'string')
        return [name, await opened(name, value)];
      const isStructure = type === 'object' && typeof value === 'string';
      return [name, isStructure ? await structureOf(name, value) : value] as const;
    },
  );
  return Object.fromEntries(await Promise.all(read));
}

/** A file to be read as it goes; `-`: what comes in. Throws InvalidInput. */
async function opened(name: string, path: string): Promise<Readable> {
  if (path === '-') return process.stdin;
  const handle = await open(path).catch((error: unknown) => {
    throw invalidInput(name, path, `cannot be read (${problemOf(error)})`, 'Give a file');
  });
  return handle.createReadStream();
}

/** Throws InvalidInput. */
export async function structureOf(name: string, text: string): Promise<unknown> {
  const wayOut = 'Give a file with JSON in it, or JSON that begins with "{"';
  const isInline = text.trimStart().startsWith('{');
  const content = isInline
    ? text
    : await readFile(text, 'utf8').catch((error: unknown) => {
        throw invalidInput(name, text, `cannot be read (${problemOf(error)})`, wayOut);
      });
  try {
    return JSON.parse(content);
  } catch (error) {
    throw invalidInput(name, text, `is not JSON (${problemOf(error)})`, wayOut);
  }
}

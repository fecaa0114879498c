/** Where an answer goes that is a file. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { invalidInput, problemOf } from '../control-plane/core/errors.js';

export function addTarget(command: Command): void {
  command.argument('<file>', 'Where it goes; -: to what reads the output');
}

/** Whole or not at all: under another name until all of it is there. Throws InvalidInput. */
export async function saveTo(path = '-', answer: Readable, asJson: boolean): Promise<void> {
  if (path === '-') {
    await pipeline(answer, process.stdout, { end: false });
    return;
  }
  const half = `${path}.${String(process.pid)}.part`;
  const into = createWriteStream(half);
  try {
    await pipeline(answer, into);
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    throw invalidInput('file', path, `is not written (${problemOf(error)})`, 'Try another one');
  }
  const bytes = into.bytesWritten;
  console.log(
    asJson ? JSON.stringify({ file: path, bytes }, null, 2) : `${path}: ${String(bytes)} bytes`,
  );
}

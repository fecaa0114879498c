/** A thread of the data plane that dies when it is told to. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const BUILT = new URL('../../dist/server/proxy-worker.js', import.meta.url).href;

/** The real thread, which fails by a mistake of ours when it is told to settle "mistake". */
export async function withMistake(work: (entry: URL) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'frostgate-thread-'));
  try {
    const entry = join(directory, 'entry.mjs');
    await writeFile(
      entry,
      `import { parentPort } from 'node:worker_threads';
       await import(${JSON.stringify(BUILT)});
       parentPort.on('message', ({ instanceId }) => {
         if (instanceId === 'mistake') throw new Error('a mistake of ours');
       });`,
    );
    await work(pathToFileURL(entry));
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

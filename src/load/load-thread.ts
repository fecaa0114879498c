/** Load on demand from outside: a thread for each, so that it holds up neither of the planes. */
import { Worker } from 'node:worker_threads';
import type { LoadFigures, LoadMaker, LoadSpec, RunningLoad } from '../control-plane/load-port.js';

/** Threads run what was built; see server/proxy-thread.ts. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/load/load-worker.js' : './load-worker.js',
  import.meta.url,
);

const NOTHING_KNOWN: LoadFigures = {
  ...{ seconds: 0, commands: 0, refused: 0, lost: 0, refusal: 'the load ended by itself' },
};

export class LoadThreads implements LoadMaker {
  readonly #workers = new Set<Worker>();

  constructor(private readonly log: (line: string) => void) {}

  start(spec: LoadSpec): RunningLoad {
    const worker = new Worker(ENTRY, {
      name: `frostgate-load-${spec.instanceId}`,
      workerData: spec,
      execArgv: [],
    });
    worker.unref(); // it keeps no process from ending
    this.#workers.add(worker);
    let begun = (): void => undefined;
    const hasBegun = new Promise<void>((resolve) => (begun = resolve));
    const ended = new Promise<LoadFigures>((resolve) => {
      worker.on('message', (news: 'begun' | LoadFigures) => {
        if (news === 'begun') begun();
        else resolve(news);
      });
      worker.once('error', (error) => this.log(error.stack ?? error.message));
      worker.once('exit', () => {
        this.#workers.delete(worker);
        // By a mistake of ours: what came of it went with it.
        begun();
        resolve(NOTHING_KNOWN);
      });
    });
    return {
      begun: hasBegun,
      stop: () => {
        worker.postMessage('stop');
        return ended;
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#workers].map((worker) => worker.terminate()));
  }
}

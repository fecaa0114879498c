/** The sample applications from outside: a thread that begins with the first of them, and the figures of the last minutes. */
import { Worker } from 'node:worker_threads';
import type {
  Applications,
  ApplicationFigures,
  ApplicationSpec,
  NumberedSample,
} from '../control-plane/applications.js';
import type { ApplicationCall, ApplicationNews } from './application-messages.js';

/** Threads run what was built; see server/proxy-thread.ts. */
const ENTRY = new URL(
  import.meta.url.endsWith('.ts')
    ? '../../dist/application/application-worker.js'
    : './application-worker.js',
  import.meta.url,
);
/** Two minutes, at two samples a second. */
const SAMPLES_MAX = 240;

interface Running {
  readonly spec: ApplicationSpec;
  readonly samples: NumberedSample[];
}

export class ApplicationThread implements Applications {
  readonly #running = new Map<string, Running>();
  #worker: Worker | null = null;
  #lastSeq = 0;
  #isClosed = false;

  constructor(private readonly log: (line: string) => void) {}

  start(spec: ApplicationSpec): void {
    // Nobody writes to an instance that has another one's port now.
    for (const [id, { spec: other }] of this.#running) {
      if (other.port === spec.port && other.host === spec.host) this.stop(id);
    }
    this.#running.set(spec.instanceId, { spec, samples: [] });
    this.#tell({ verb: 'start', spec });
  }

  stop(instanceId: string): boolean {
    if (!this.#running.delete(instanceId)) return false;
    this.#tell({ verb: 'stop', instanceId });
    return true;
  }

  figures(instanceId: string, after: number): ApplicationFigures | null {
    const running = this.#running.get(instanceId);
    if (!running) return null;
    const { spec, samples } = running;
    return { spec, samples: samples.filter(({ seq }) => seq > after) };
  }

  list(): ApplicationSpec[] {
    return [...this.#running.values()].map(({ spec }) => spec);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#running.clear();
    await this.#worker?.terminate();
  }

  #tell(call: ApplicationCall): void {
    this.#worker ??= this.#begin();
    this.#worker.postMessage(call);
  }

  #begin(): Worker {
    const worker = new Worker(ENTRY, { name: 'frostgate-applications', execArgv: [] });
    worker.on('message', ({ instanceId, sample }: ApplicationNews) => {
      const samples = this.#running.get(instanceId)?.samples;
      if (!samples) return; // it was stopped meanwhile
      this.#lastSeq += 1;
      samples.push({ ...sample, seq: this.#lastSeq });
      if (samples.length > SAMPLES_MAX) samples.shift();
    });
    worker.on('error', (error) => this.log(error.stack ?? error.message));
    worker.on('exit', () => {
      this.#worker = null;
      if (!this.#isClosed) this.#running.clear(); // by a mistake of ours; whoever looks sees that none runs
    });
    worker.unref(); // it keeps no process from ending
    return worker;
  }
}

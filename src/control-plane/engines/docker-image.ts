/** Makes sure that Docker has an image: looks, and pulls it with a line of progress now and then. */
import { problemOf, SimulatorError } from '../core/errors.js';
import { ask, linesOf, statusOf, type Docker } from './docker-daemon.js';

/** A pull without any progress for this long is given up: there is no way to the registry. */
const IDLE_MS = 60_000;
const PROGRESS_EVERY_MS = 2_000;
/** What Docker says of a layer; other lines are about the whole. */
const OF_A_LAYER =
  /^(Pulling fs layer|Waiting|Download|Verifying|Extracting|Pull complete|Already)/;

/** Resolves when the image is here. Throws EngineNotAvailable with the reason. */
export async function ensureImage(
  docker: Docker,
  image: string,
  log: (line: string) => void,
): Promise<void> {
  try {
    await ask(docker.getImage(image).inspect());
    return;
  } catch (cause) {
    if (statusOf(cause) !== 404) throw unavailable('Docker does not answer', cause);
  }
  log(`Docker has no image ${image} yet: pulling it`);
  try {
    await pull(docker, image, log);
  } catch (cause) {
    throw unavailable(`Docker has no image ${image} and cannot pull it`, cause);
  }
}

async function pull(docker: Docker, image: string, log: (line: string) => void): Promise<void> {
  const givenUp = new AbortController();
  const idle = setTimeout(() => givenUp.abort(), IDLE_MS);
  const progress = new Progress();
  let problem: string | undefined;
  let nextLineAt = Date.now() + PROGRESS_EVERY_MS;
  try {
    const stream = await docker.pull(image, { abortSignal: givenUp.signal });
    await linesOf(stream, (line) => {
      idle.refresh();
      const said = JSON.parse(line) as PullLine;
      // A failure after the first line comes as a line too, with HTTP status 200.
      problem ??= said.error;
      progress.note(said);
      if (Date.now() < nextLineAt) return;
      nextLineAt = Date.now() + PROGRESS_EVERY_MS;
      log(`${image}: ${progress.toString()}`);
    });
  } catch (error) {
    problem ??= problemOf(error);
  } finally {
    clearTimeout(idle);
  }
  if (givenUp.signal.aborted) problem = `no progress within ${String(IDLE_MS / 1000)} s`;
  if (problem !== undefined) throw new Error(problem);
}

interface PullLine {
  readonly id?: string;
  readonly status?: string;
  readonly error?: string;
  readonly progressDetail?: { readonly current?: number };
}

class Progress {
  readonly #layers = new Map<string, { bytes: number; done: boolean }>();

  note({ id, status = '', progressDetail }: PullLine): void {
    if (id === undefined || !OF_A_LAYER.test(status)) return;
    const layer = this.#layers.get(id) ?? { bytes: 0, done: false };
    if (status === 'Downloading') layer.bytes = progressDetail?.current ?? layer.bytes;
    layer.done ||= /^(Pull complete|Already exists)/.test(status);
    this.#layers.set(id, layer);
  }

  toString(): string {
    const layers = [...this.#layers.values()];
    const done = layers.filter((layer) => layer.done).length;
    const megabytes = layers.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
    return `${String(done)} of ${String(layers.length)} layers, ${megabytes.toFixed(1)} MB`;
  }
}

function unavailable(what: string, cause: unknown): SimulatorError {
  return new SimulatorError(
    'EngineNotAvailable',
    { tried: `${what}: ${problemOf(cause)}` },
    { cause },
  );
}

/** Which external Redis serves which instance: a small file, so that a restart does not mix them up. */
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';

export class ExternalAssignments {
  readonly #directory: string;
  readonly #byInstance: Map<string, string>;

  private constructor(directory: string, byInstance: Map<string, string>) {
    this.#directory = directory;
    this.#byInstance = byInstance;
  }

  static async load(directory: string): Promise<ExternalAssignments> {
    const text = await readFile(fileIn(directory), 'utf8').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '{}';
      throw error;
    });
    const rows = Object.entries(JSON.parse(text) as Record<string, string>);
    return new ExternalAssignments(directory, new Map(rows));
  }

  get instanceIds(): readonly string[] {
    return [...this.#byInstance.keys()];
  }

  /** Name of the address that serves an instance. */
  of(instanceId: string): string | undefined {
    return this.#byInstance.get(instanceId);
  }

  isTaken(name: string): boolean {
    return [...this.#byInstance.values()].includes(name);
  }

  /** On disk when it returns. */
  async assign(instanceId: string, name: string): Promise<void> {
    this.#byInstance.set(instanceId, name);
    await this.#save();
  }

  /** What `from` has is that of `to`, on disk when it returns. Returns whether `to` has one now. */
  async handOver(from: string, to: string): Promise<boolean> {
    const name = this.#byInstance.get(from);
    if (name === undefined) return this.#byInstance.has(to);
    this.#byInstance.set(to, name);
    this.#byInstance.delete(from);
    await this.#save();
    return true;
  }

  /** On disk when it returns. */
  async release(instanceId: string): Promise<void> {
    if (this.#byInstance.delete(instanceId)) await this.#save();
  }

  /** Written beside the old file and put in its place, so that there is always a whole one. */
  async #save(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const file = fileIn(this.#directory);
    const written = await open(`${file}.new`, 'w', 0o600);
    try {
      await written.writeFile(JSON.stringify(Object.fromEntries(this.#byInstance), null, 2));
      await written.sync();
    } finally {
      await written.close();
    }
    await rename(`${file}.new`, file);
  }
}

function fileIn(directory: string): string {
  return join(directory, 'assignments.json');
}

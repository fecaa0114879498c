/** One piece of work at a time, in the order of asking. Reads do not queue. */
export class WorkQueue {
  #last: Promise<unknown> = Promise.resolve();
  #closed = false;

  run<T>(work: () => T | Promise<T>): Promise<T> {
    if (this.#closed) return Promise.reject(new Error('the simulator is closing'));
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined); // it is the caller's to handle
    return result;
  }

  /** Resolves when the work that was asked for is done; more is refused. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#last;
  }
}

/** Signals that tell a command to end. */

export interface Ending extends Promise<string> {
  isOver(): boolean;
}

/** Resolves at the first signal to end, with its name; a second one ends at once. */
export function endOfProcess(): Ending {
  let isOver = false;
  const ended = new Promise<string>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        isOver = true;
        resolve(signal);
        process.once(signal, () => process.exit(1));
      });
    }
  });
  return Object.assign(ended, { isOver: () => isOver });
}

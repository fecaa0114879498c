/** Shows where the clock is while an answer takes longer than a second; on a terminal only. */
import type { ActionClient } from '../control-plane/actions/index.js';

const AFTER_MS = 1_000;
const EVERY_MS = 250;

/** Returns what ends it and wipes the line. */
export function showProgress(client: ActionClient): () => void {
  if (!process.stderr.isTTY) return () => undefined;
  let isOver = false;
  let timer = setTimeout(() => void look(), AFTER_MS);
  const look = async (): Promise<void> => {
    const clock = await client.getClock().catch(() => null);
    if (isOver) return;
    const target = clock?.target ? `, on the way to ${clock.target}` : '';
    if (clock) process.stderr.write(`\r\u001b[Kclock at ${clock.now}${target} ...`);
    timer = setTimeout(() => void look(), EVERY_MS);
  };
  return () => {
    isOver = true;
    clearTimeout(timer);
    process.stderr.write('\r\u001b[K');
  };
}

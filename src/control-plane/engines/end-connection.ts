/** The end of a connection that is remade whenever it is lost, and of what waits for it. */
import type { Redis } from 'ioredis';

/** What was not answered fails at once. */
export function endConnection(redis: Redis): void {
  redis.disconnect();
  // Between two tries ioredis does not come to its end by that, and what is queued would wait out its time limit: a
  // try that is given up at once ends both.
  if (redis.status !== 'reconnecting') return;
  redis.connect().catch(() => undefined);
  redis.disconnect();
}

/** Goes through the bytes of a whole RDB as they come. */
import type { RdbEvent } from './events.js';
import type { RdbScanner } from './scanner.js';

/** Where `take` has to wait, nothing more is read meanwhile. Throws RdbError where it is none, or not whole. */
export async function scan(
  source: AsyncIterable<Buffer>,
  scanner: RdbScanner,
  take: (event: RdbEvent) => Promise<void> | undefined,
): Promise<void> {
  for await (const bytes of source) {
    scanner.feed(bytes);
    for (let event = scanner.next(); event; event = scanner.next()) {
      const taken = take(event);
      if (taken) await taken;
    }
  }
  scanner.finish();
}

/** Events as they happen. Not the browser's EventSource: that cannot show a token. */
import type { EventView } from '../../control-plane/actions/views.js';
import { send } from './api.js';
import { EVENT_STREAM } from './routes.js';

/** Told of every event after `after`, several at a time, until the stream ends. Throws ApiError. */
export async function followEvents(
  after: number,
  told: (events: readonly EventView[]) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await send(`${EVENT_STREAM}?after=${String(after)}`, { signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const chunk = await reader?.read().catch(() => undefined);
    if (chunk?.value === undefined) return;
    const messages = (rest + chunk.value).split('\n\n');
    rest = messages.pop() ?? '';
    const events = messages.flatMap((message) => {
      const data = /^data: (.*)$/m.exec(message)?.[1];
      return data === undefined ? [] : [JSON.parse(data) as EventView];
    });
    if (events.length > 0) told(events);
  }
}

/** The command line shows a list whole: it reads on where the API gave one page. */
import type { Action } from '../control-plane/actions/action.js';
import type { ActionClient } from '../control-plane/actions/index.js';

interface Paged {
  readonly next: number | null;
  readonly events?: readonly unknown[];
  readonly entries?: readonly unknown[];
}

/** `answer`, and what follows it; asked-for limits stand. */
export async function allPages(
  client: ActionClient,
  action: Action,
  input: object,
  answer: unknown,
): Promise<unknown> {
  const limited = 'limit' in input && input.limit !== undefined;
  let page = answer as Paged;
  if (limited || (page.events ?? page.entries) === undefined) return answer;
  const events = [...(page.events ?? [])];
  const entries = [...(page.entries ?? [])];
  while (page.next !== null) {
    // An advance tells the first page of its events; the rest are read like any others.
    page =
      page.entries === undefined
        ? await client.listEvents({ ...eventFilterOf(action, input), after: page.next })
        : await client.listLedger({ ...(input as { account?: string }), after: page.next });
    events.push(...(page.events ?? []));
    entries.push(...(page.entries ?? []));
  }
  return { ...(answer as Paged), next: null, ...('events' in page ? { events } : { entries }) };
}

function eventFilterOf(action: Action, input: object): object {
  return action.name === 'ListEvents' ? input : {};
}

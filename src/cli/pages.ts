/** The command line shows a list whole: it reads on where the API gave one page, and keeps none of them. */
import { once } from 'node:events';
import type { Action } from '../control-plane/actions/action.js';
import type { ActionClient } from '../control-plane/actions/index.js';
import type { EventView, StoryLineView } from '../control-plane/actions/views.js';
import { render } from './render.js';
import { eventLine, storyLine, Teller } from './timeline.js';

interface Page {
  readonly next: number | null;
  readonly events?: readonly EventView[];
  readonly entries?: readonly object[];
  readonly lines?: readonly StoryLineView[];
}

export type Call = (input: object) => Promise<unknown>;

/** Lists that are read on; an advance tells of its way with the story. */
const LISTS: Readonly<Record<string, keyof Omit<Page, 'next'>>> = {
  ListEvents: 'events',
  ListLedger: 'entries',
  DescribeTimeline: 'lines',
};
/** Pages of the rest are as large as the API gives them. */
const PAGE = 10_000;

export function isList(action: Action): boolean {
  return Object.hasOwn(LISTS, action.name);
}

/** Prints a list, and returns the last number that was seen: where there is nothing, what was asked for. */
export async function printList(
  action: Action,
  call: Call,
  input: { readonly limit?: unknown; readonly after?: unknown },
  asJson: boolean,
): Promise<number> {
  const field = LISTS[action.name] ?? 'events';
  let last = Number(input.after ?? 0);
  const pages = pagesOf(call, input, (page) => {
    last = page.events?.at(-1)?.seq ?? last;
  });
  if (asJson) await printJson(pages, field);
  else if (field === 'entries') await printWhole(action, pages);
  else await printStory(pages, field);
  return last;
}

/** What happened on the way of an advance, which began after this event and ended at `to`. */
export async function printJourney(client: ActionClient, after: number, to: string): Promise<void> {
  const call: Call = (input) => client.describeTimeline(input);
  await printStory(
    pagesOf(call, { after, to, limit: PAGE }, () => undefined, true),
    'events',
  );
}

async function* pagesOf(
  call: Call,
  input: { readonly limit?: unknown; readonly [field: string]: unknown },
  seen: (page: Page) => void,
  toTheEnd = input.limit === undefined,
): AsyncGenerator<Page> {
  let page = (await call(input)) as Page;
  for (;;) {
    seen(page);
    yield page;
    if (page.next === null || !toTheEnd) return;
    page = (await call({ ...input, limit: PAGE, after: page.next })) as Page;
  }
}

/** `field` says how a line looks: as an event, or as one of the timeline. */
async function printStory(pages: AsyncIterable<Page>, field: string): Promise<void> {
  const teller = new Teller();
  const shown = (lines: readonly StoryLineView[]): string =>
    lines
      .map((one) => `${field === 'lines' ? storyLine(one) : eventLine(one.event, one.count)}\n`)
      .join('');
  let isEmpty = true;
  for await (const { events = [], lines } of pages) {
    isEmpty &&= events.length === 0 && (lines ?? []).length === 0;
    await print(shown(lines ? teller.lines(lines) : teller.events(events)));
  }
  await print(isEmpty ? 'nothing happened yet\n' : shown(teller.end()));
}

/** As one object, whatever the number of pages. */
async function printJson(pages: AsyncIterable<Page>, field: keyof Page): Promise<void> {
  let next: number | null = null;
  let before = `{\n  "${field}": [`;
  let isEmpty = true;
  for await (const page of pages) {
    next = page.next;
    const rows = page[field] as readonly object[];
    const text = rows.map((row) => JSON.stringify(row, null, 2).replaceAll('\n', '\n    '));
    if (text.length > 0) {
      await print(`${before}\n    ${text.join(',\n    ')}`);
      before = ',';
      isEmpty = false;
    }
  }
  await print(`${isEmpty ? `${before}]` : '\n  ]'},\n  "next": ${String(next)}\n}\n`);
}

/** A table is as wide as its widest line. */
async function printWhole(action: Action, pages: AsyncIterable<Page>): Promise<void> {
  const entries: object[] = [];
  for await (const page of pages) entries.push(...(page.entries ?? []));
  await print(`${render(action.name, { entries })}\n`);
}

/** As fast as whoever reads it takes it. */
async function print(text: string): Promise<void> {
  if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain');
}

/** A world with one account and nothing else; what is numbered goes on from where it was. */
import { DEFAULT_ACCOUNT, openAccount } from './decisions.js';
import { Draft } from './draft.js';
import type { Instant } from './duration.js';
import type { Money } from './money.js';
import { EMPTY_WORLD, type Change, type World } from './world.js';

export function begunAnew(
  { counters }: World,
  at: Instant,
  credit: Money,
): { readonly blank: World; readonly change: Change } {
  const blank: World = { ...EMPTY_WORLD, counters };
  const draft = new Draft(blank, at);
  draft.event({ type: 'simulator-reset', text: 'everything was reset' });
  openAccount(draft, DEFAULT_ACCOUNT, credit);
  return { blank, change: draft.change() };
}

/**
 * The price list: what an hour and a month of each class cost at a time (2.1). Prices change from an instant on, never
 * backwards: what was charged stands, and an order keeps the price that it showed.
 */
import type { Draft } from './draft.js';
import { formatInstant, type Instant } from './duration.js';
import { invalidInput } from './errors.js';
import { classOf } from './instance-classes.js';
import { classIdOf } from './own-classes.js';
import { CURRENCY, formatMoney, type Money } from './money.js';
import type { World } from './world.js';

export interface PriceChange {
  readonly id: string;
  readonly instanceClass: string;
  /** null: as it was. */
  readonly perHour: Money | null;
  readonly perMonth: Money | null;
  readonly from: Instant;
}

export type PriceUnit = 'hour' | 'month';

/** Of pay-as-you-go by the hour, of a subscription by the month. What is changed in the same decision is not in it yet. */
export function priceOf(
  { records }: Pick<World, 'records'>,
  instanceClass: string,
  unit: PriceUnit,
  at: Instant,
): Money {
  const listed = classOf(instanceClass);
  const field = unit === 'hour' ? 'perHour' : 'perMonth';
  let price = unit === 'hour' ? listed.pricePerHour : listed.pricePerMonth;
  if (!records.prices) return price;
  let since = Number.NEGATIVE_INFINITY;
  for (const change of records.prices.values()) {
    const changed = change[field];
    if (changed === null || change.instanceClass !== instanceClass) continue;
    // Of two from the same instant on, the later word counts.
    if (change.from > at || change.from < since) continue;
    [price, since] = [changed, change.from];
  }
  return price;
}

/** From an instant on; null leaves a price as it is. Throws UnknownInstanceClass, InvalidInput. */
export function setPrices(draft: Draft, change: Omit<PriceChange, 'id'>): PriceChange {
  const { perHour, perMonth, from } = change;
  const instanceClass = classIdOf(draft.world, change.instanceClass);
  if (perHour === null && perMonth === null) {
    throw invalidInput(
      'perHour',
      undefined,
      'there is nothing to change',
      'Give perHour, perMonth, or both',
    );
  }
  if (from < draft.at) {
    const wayOut = `Give ${formatInstant(draft.at)} or later: what was charged before stands`;
    throw invalidInput('from', formatInstant(from), 'is over', wayOut);
  }
  const row: PriceChange = { id: draft.nextId('prices'), ...change, instanceClass };
  draft.putRecord('prices', row);
  const said = [
    ...(perHour === null ? [] : [`${formatMoney(perHour)} ${CURRENCY} an hour`]),
    ...(perMonth === null ? [] : [`${formatMoney(perMonth)} ${CURRENCY} a month`]),
  ];
  draft.event({
    type: 'prices-changed',
    clause: '2.2.1.2',
    text: `${instanceClass} costs ${said.join(', ')} from ${formatInstant(from)} on`,
    data: {
      ...{ instanceClass, from: formatInstant(from) },
      ...(perHour === null ? {} : { perHour: formatMoney(perHour) }),
      ...(perMonth === null ? {} : { perMonth: formatMoney(perMonth) }),
    },
  });
  return row;
}

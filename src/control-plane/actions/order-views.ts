/** What the API shows of orders and of the price list. */
import { Type, type Static } from 'typebox';
import { formatInstant } from '../core/duration.js';
import { INSTANCE_CLASSES } from '../core/instance-classes.js';
import { ownClasses } from '../core/own-classes.js';
import { CURRENCY, formatMoney } from '../core/money.js';
import type { Order } from '../core/orders.js';
import { priceOf, type PriceChange } from '../core/prices.js';
import type { ControlPlane } from '../control-plane.js';
import { instant, money, nullable } from './views.js';

export const orderView = Type.Object(
  {
    id: Type.String({ description: 'What other actions call it' }),
    kind: Type.String({ description: 'new, renewal, upgrade, downgrade or conversion' }),
    state: Type.String({
      description: 'unpaid, paid, fulfilled, void (not paid in time) or cancelled',
    }),
    accountId: Type.String({ description: 'Who pays' }),
    instanceId: nullable(Type.String({ description: 'What it is for, once there is one' })),
    instanceClass: Type.String({ description: 'What is paid for' }),
    months: Type.Integer({ description: '0: for the rest of a term' }),
    price: money('What it costs, from the first to the last'),
    paidByGrants: money('What of it grants paid'),
    currency: Type.String({ description: 'Of the price' }),
    orderedAt: instant('When it was made'),
    paidAt: nullable(instant('When it was paid')),
    from: nullable(instant('From when on it pays')),
    to: nullable(instant('Until when it pays')),
    text: Type.String({ description: 'For people' }),
  },
  { title: 'An order' },
);
export type OrderView = Static<typeof orderView>;

export function viewOrder(order: Order): OrderView {
  const { id, kind, state, accountId, instanceId, instanceClass, months, term, text } = order;
  return {
    ...{ id, kind, state, accountId, instanceId, instanceClass, months },
    price: formatMoney(order.price),
    paidByGrants: formatMoney(order.paidByGrants),
    currency: CURRENCY,
    orderedAt: formatInstant(order.orderedAt),
    paidAt: order.paidAt === null ? null : formatInstant(order.paidAt),
    from: term === null ? null : formatInstant(term.from),
    to: term === null ? null : formatInstant(term.to),
    text,
  };
}

export const priceView = Type.Object(
  {
    instanceClass: Type.String({ description: 'What is bought' }),
    perHour: money('Of pay-as-you-go, today'),
    perMonth: money('Of a subscription, today'),
    currency: Type.String({ description: 'Of both' }),
    changes: Type.Array(
      Type.Object({
        from: instant('From when on'),
        perHour: nullable(money('Of pay-as-you-go; null: as it was')),
        perMonth: nullable(money('Of a subscription; null: as it was')),
      }),
      { description: 'Made so far, those ahead too' },
    ),
  },
  { title: 'A price' },
);
export type PriceView = Static<typeof priceView>;

/** The price list, as it is today and as it will be. */
export function viewPrices({ world, clock }: Pick<ControlPlane, 'world' | 'clock'>): PriceView[] {
  const changes = [...(world.records.prices?.values() ?? [])];
  const own = ownClasses(world).map(({ classId }) => classId);
  return [...Object.keys(INSTANCE_CLASSES), ...new Set(own)].map((instanceClass) => ({
    instanceClass,
    perHour: formatMoney(priceOf(world, instanceClass, 'hour', clock.now())),
    perMonth: formatMoney(priceOf(world, instanceClass, 'month', clock.now())),
    currency: CURRENCY,
    changes: changes.filter((one) => one.instanceClass === instanceClass).map(viewChange),
  }));
}

function viewChange({ from, perHour, perMonth }: PriceChange): PriceView['changes'][number] {
  return {
    from: formatInstant(from),
    perHour: perHour === null ? null : formatMoney(perHour),
    perMonth: perMonth === null ? null : formatMoney(perMonth),
  };
}

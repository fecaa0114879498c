/** What things cost: the price list, its changes, and what an order would show. */
import { Type } from 'typebox';
import { forTheRest } from '../core/class-change.js';
import { parseInstant } from '../core/duration.js';
import type { Draft } from '../core/draft.js';
import { invalidInput } from '../core/errors.js';
import { DEFAULT_INSTANCE_CLASS } from '../core/instance-classes.js';
import { CURRENCY, formatMoney, negative, parseMoney, plus, type Money } from '../core/money.js';
import { classIdOf } from '../core/own-classes.js';
import { priceOf, setPrices } from '../core/prices.js';
import { priceOfMonths } from '../core/renewal.js';
import { CHARGE_TYPES, type ChargeType } from '../core/terms.js';
import { defineAction } from './action.js';
import { initially } from './initially.js';
import { priceView, viewPrices } from './order-views.js';
import { checkedMonths, PERIODS } from './terms-of-payment.js';
import { money } from './views.js';

const instanceClass = Type.String({
  minLength: 1,
  description: 'A class, such as redis.master.small.default',
});
const price = (description: string) =>
  Type.Optional(Type.Union([Type.String(), Type.Number()], { description }));

export const ListPrices = defineAction({
  name: 'ListPrices',
  method: 'GET',
  path: '/v1/prices',
  summary: 'Show the price list: what each class costs today, and what was changed.',
  cli: { command: 'prices list' },
  input: Type.Object({}),
  output: Type.Object({ prices: Type.Array(priceView) }),
  run({ controlPlane }) {
    return { prices: viewPrices(controlPlane) };
  },
});

export const SetPrice = defineAction({
  name: 'SetPrice',
  method: 'PUT',
  path: '/v1/prices/:instanceClass',
  summary:
    'Change what a class costs from an instant on. What was charged or ordered before keeps its price.',
  cli: { command: 'prices set', positional: ['instanceClass'] },
  input: Type.Object({
    instanceClass,
    perHour: price('Of pay-as-you-go, such as 0.25; as it is by default'),
    perMonth: price('Of a subscription, such as 180; as it is by default'),
    from: Type.Optional(
      Type.String({ description: 'From when on, such as 2026-12-01T00:00:00Z; now by default' }),
    ),
  }),
  output: Type.Object({ prices: Type.Array(priceView) }),
  async run({ controlPlane }, input) {
    const { perHour, perMonth, from } = input;
    const amount = (field: string, value: string | number | undefined) =>
      value === undefined ? null : parseMoney(field, value);
    const change = {
      instanceClass: input.instanceClass,
      perHour: amount('perHour', perHour),
      perMonth: amount('perMonth', perMonth),
    };
    const at = from === undefined ? null : parseInstant('from', from);
    await controlPlane.decide((draft) => setPrices(draft, { ...change, from: at ?? draft.at }));
    return { prices: viewPrices(controlPlane) };
  },
});

export const ORDER_TYPES = ['BUY', 'RENEW', 'UPGRADE', 'CONVERT'] as const;

interface Question {
  readonly instanceClass: string;
  readonly chargeType: ChargeType;
  readonly id: string;
  readonly months: number;
}

/** By the vendor's OrderType. */
const QUOTES: Readonly<
  Record<(typeof ORDER_TYPES)[number], (draft: Draft, asked: Question) => Money>
> = {
  BUY: (draft, asked) =>
    asked.chargeType === 'PostPaid'
      ? priceOf(draft.world, asked.instanceClass, 'hour', draft.at)
      : priceOfMonths(draft, asked.instanceClass, asked.months),
  RENEW: (draft, { id, months }) => priceOfMonths(draft, draft.instance(id).instanceClass, months),
  UPGRADE: (draft, asked) => {
    const { instanceClass: from, chargeType } = draft.instance(asked.id);
    const unit = chargeType === 'PostPaid' ? 'hour' : 'month';
    const [before, after] = [from, asked.instanceClass].map((one) =>
      priceOf(draft.world, one, unit, draft.at),
    ) as [Money, Money];
    if (chargeType === 'PostPaid') return after;
    return after > before
      ? forTheRest(draft, asked.id, plus(after, negative(before)))
      : (0n as Money);
  },
  CONVERT: (draft, { id, months }) =>
    priceOfMonths(draft, draft.instance(id).instanceClass, months),
};

export const DescribePrice = defineAction({
  name: 'DescribePrice',
  method: 'GET',
  path: '/v1/price',
  summary:
    'Say what something would cost now: BUY, RENEW, UPGRADE or CONVERT. Of pay-as-you-go, an hour of it.',
  cli: { command: 'prices ask', positional: ['orderType'] },
  input: Type.Object({
    orderType: initially(Type.Enum([...ORDER_TYPES], { description: 'What for' }), 'BUY'),
    instanceClass: initially(
      Type.String({ description: 'To BUY or to UPGRADE to' }),
      DEFAULT_INSTANCE_CLASS,
    ),
    chargeType: initially(Type.Enum([...CHARGE_TYPES], { description: 'To BUY' }), 'PrePaid'),
    period: initially(Type.Integer({ description: `Months: ${PERIODS.join(', ')}` }), 1),
    id: Type.Optional(Type.String({ description: 'The instance, but to BUY' })),
  }),
  output: Type.Object({
    orderType: Type.String({ description: 'What for' }),
    tradeAmount: money('What it would cost'),
    currency: Type.String({ description: 'Of the amount' }),
  }),
  run({ controlPlane }, input) {
    const { orderType, chargeType, id } = input;
    const instanceClass = classIdOf(controlPlane.world, input.instanceClass);
    const months = checkedMonths('period', input.period, PERIODS);
    if (id === undefined && orderType !== 'BUY') {
      throw invalidInput('id', undefined, `is mandatory to ${orderType}`, 'Name the instance');
    }
    const asked = { instanceClass, chargeType, months, id: id ?? '' };
    const amount = controlPlane.read((draft) => QUOTES[orderType](draft, asked));
    return { orderType, tradeAmount: formatMoney(amount), currency: CURRENCY };
  },
});

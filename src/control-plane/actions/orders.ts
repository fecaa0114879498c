/** What is bought in advance: ordered at a price that is shown, then paid. */
import { Type } from 'typebox';
import type { Draft } from '../core/draft.js';
import { invalidInput } from '../core/errors.js';
import { orderInstance, payOrder } from '../core/order-kinds.js';
import { cancelOrder, ORDER_STATES } from '../core/orders.js';
import type { ControlPlane } from '../control-plane.js';
import { defineAction } from './action.js';
import { INSTANCE_FIELDS, requestOf } from './instances.js';
import { initially } from './initially.js';
import { orderView, viewOrder, type OrderView } from './order-views.js';
import { subscriptionOf } from './terms-of-payment.js';
import { usedMemoryOf } from './used-memory.js';

const order = Type.String({ minLength: 1, description: "The order's id, such as o-1" });

/** As it is now. Throws RecordNotFound. */
export function orderOf(controlPlane: ControlPlane, id: string): OrderView {
  return viewOrder(controlPlane.read((draft) => draft.record('orders', id)));
}

export const CreateOrder = defineAction({
  name: 'CreateOrder',
  method: 'POST',
  path: '/v1/orders',
  summary:
    'Order a subscription without paying for it: nothing is made before the order is paid, and after seven days it is void.',
  cli: { command: 'order create' },
  input: Type.Object({
    ...INSTANCE_FIELDS,
    chargeType: initially(
      Type.Enum(['PrePaid'], { description: 'Only subscriptions are ordered' }),
      'PrePaid',
    ),
  }),
  output: orderView,
  async run({ controlPlane, about }, input) {
    const request = requestOf(about, input);
    const subscription = subscriptionOf(input, 'PrePaid');
    if (subscription === null) throw invalidInput('period', undefined, 'is mandatory', '');
    const placed = await controlPlane.decide((draft) =>
      orderInstance(draft, request(draft), subscription),
    );
    return viewOrder(placed);
  },
});

export const QueryOrders = defineAction({
  name: 'QueryOrders',
  method: 'GET',
  path: '/v1/orders',
  summary: 'List the orders, with their prices.',
  cli: { command: 'order list' },
  input: Type.Object({
    account: Type.Optional(Type.String({ description: 'Only of this account' })),
    instance: Type.Optional(Type.String({ description: 'Only of this instance' })),
    state: Type.Optional(Type.Enum([...ORDER_STATES], { description: 'Only those that are' })),
  }),
  output: Type.Object({ orders: Type.Array(orderView) }),
  run({ controlPlane }, { account, instance, state }) {
    const all = controlPlane.read((draft) => draft.records('orders'));
    const orders = all.filter(
      (one) =>
        (account === undefined || one.accountId === account) &&
        (instance === undefined || one.instanceId === instance) &&
        (state === undefined || one.state === state),
    );
    return { orders: orders.map(viewOrder) };
  },
});

export const GetOrderDetail = defineAction({
  name: 'GetOrderDetail',
  method: 'GET',
  path: '/v1/orders/:order',
  summary: 'Show an order: its price, and what became of it.',
  cli: { command: 'order show', positional: ['order'] },
  input: Type.Object({ order }),
  output: orderView,
  run({ controlPlane }, input) {
    return orderOf(controlPlane, input.order);
  },
});

export const PayOrder = defineAction({
  name: 'PayOrder',
  method: 'POST',
  path: '/v1/orders/:order/pay',
  summary:
    'Pay an order from the balance, at the price that it shows; answers when what was ordered is there.',
  cli: { command: 'order pay', positional: ['order'] },
  input: Type.Object({ order }),
  output: orderView,
  async run({ controlPlane }, input) {
    const { instanceId, kind } = controlPlane.read((draft) => draft.record('orders', input.order));
    const asked = kind === 'upgrade' ? instanceId : null;
    await controlPlane.decideOn(usedMemoryOf(controlPlane, asked), (draft: Draft, used) =>
      payOrder(draft, input.order, used),
    );
    return orderOf(controlPlane, input.order);
  },
});

export const CancelOrder = defineAction({
  name: 'CancelOrder',
  method: 'POST',
  path: '/v1/orders/:order/cancel',
  summary: 'Cancel an order that is not paid.',
  cli: { command: 'order cancel', positional: ['order'] },
  input: Type.Object({ order }),
  output: orderView,
  async run({ controlPlane }, input) {
    await controlPlane.decide((draft) => cancelOrder(draft, input.order, 'as asked for'));
    return orderOf(controlPlane, input.order);
  },
});

/** How an instance is paid for, for how long and as what: renewals, conversions, changes of class, an end that both agree to. */
import { Type } from 'typebox';
import { convertToPayAsYouGo, orderConversion } from '../core/conversion.js';
import { endByAgreement } from '../core/decisions.js';
import type { Draft } from '../core/draft.js';
import { invalidInput } from '../core/errors.js';
import { changeClass, payOrder } from '../core/order-kinds.js';
import type { Order } from '../core/orders.js';
import { orderRenewal, setAutoRenewal } from '../core/renewal.js';
import { CHARGE_TYPES } from '../core/terms.js';
import type { ControlPlane } from '../control-plane.js';
import { defineAction } from './action.js';
import { initially } from './initially.js';
import { id } from './instances.js';
import { orderView } from './order-views.js';
import { orderOf } from './orders.js';
import {
  AUTO_RENEW_PERIODS,
  autoPay,
  checkedMonths,
  period,
  PERIODS,
  SUBSCRIPTION_FIELDS,
  subscriptionOf,
} from './terms-of-payment.js';
import { usedMemoryOf } from './used-memory.js';
import { instanceView, nullable, viewInstance } from './views.js';

/** What a change of an instance comes to. */
const changed = Type.Object({ order: nullable(orderView), instance: instanceView });

function viewChanged(controlPlane: ControlPlane, instanceId: string, orderId: string | null) {
  return {
    order: orderId === null ? null : orderOf(controlPlane, orderId),
    instance: viewInstance(controlPlane.instance(instanceId), controlPlane),
  };
}

/** An order, paid at once where that is wanted; its id. */
function bought(draft: Draft, { id: orderId }: Order, isPaid: boolean): string {
  if (isPaid) payOrder(draft, orderId);
  return orderId;
}

export const RenewInstance = defineAction({
  name: 'RenewInstance',
  method: 'POST',
  path: '/v1/instances/:id/renew',
  summary:
    "Renew a subscription at today's prices, from its expiry on; one that has expired is active again at once.",
  cli: { command: 'instance renew', positional: ['id'] },
  input: Type.Object({ id, period, autoPay }),
  output: changed,
  async run({ controlPlane }, input) {
    const months = checkedMonths('period', input.period, PERIODS);
    const order = await controlPlane.decide((draft) =>
      bought(draft, orderRenewal(draft, input.id, months), input.autoPay),
    );
    return viewChanged(controlPlane, input.id, order);
  },
});

export const ModifyInstanceAutoRenewalAttribute = defineAction({
  name: 'ModifyInstanceAutoRenewalAttribute',
  method: 'PUT',
  path: '/v1/instances/:id/auto-renewal',
  summary: 'Say whether a subscription is renewed by itself, seven days before it expires.',
  cli: { command: 'instance auto-renew', positional: ['id'] },
  input: Type.Object({
    id,
    autoRenew: initially(Type.Boolean({ description: 'Renew it by itself' }), true),
    duration: initially(
      Type.Integer({ description: `By so many months: ${AUTO_RENEW_PERIODS.join(', ')}` }),
      1,
    ),
  }),
  output: instanceView,
  async run({ controlPlane }, input) {
    const duration = checkedMonths('duration', input.duration, AUTO_RENEW_PERIODS);
    await controlPlane.decide((draft) =>
      setAutoRenewal(draft, input.id, input.autoRenew ? duration : null),
    );
    return viewInstance(controlPlane.instance(input.id), controlPlane);
  },
});

export const TransformInstanceChargeType = defineAction({
  name: 'TransformInstanceChargeType',
  method: 'POST',
  path: '/v1/instances/:id/charge-type',
  summary:
    'Make a pay-as-you-go instance a subscription, or a subscription pay-as-you-go: what is not consumed of its term is refunded.',
  cli: { command: 'instance convert', positional: ['id', 'chargeType'] },
  input: Type.Object({
    id,
    chargeType: Type.Enum([...CHARGE_TYPES], { description: 'What it is to be' }),
    ...SUBSCRIPTION_FIELDS,
    autoPay,
  }),
  output: changed,
  async run({ controlPlane }, input) {
    const subscription = subscriptionOf(input, input.chargeType);
    const order = await controlPlane.decide((draft) => {
      if (subscription) {
        return bought(draft, orderConversion(draft, input.id, subscription), input.autoPay);
      }
      convertToPayAsYouGo(draft, input.id);
      return null;
    });
    return viewChanged(controlPlane, input.id, order);
  },
});

export const ModifyInstanceSpec = defineAction({
  name: 'ModifyInstanceSpec',
  method: 'POST',
  path: '/v1/instances/:id/spec',
  summary:
    'Change the class of an instance: price from then on, ceilings and memory at once. Refused where its data does not fit.',
  cli: { command: 'instance resize', positional: ['id', 'instanceClass'] },
  input: Type.Object({
    id,
    instanceClass: Type.String({ description: 'The new one, such as redis.master.mid.default' }),
    autoPay,
  }),
  output: changed,
  async run({ controlPlane }, input) {
    const order = await controlPlane.decideOn(
      usedMemoryOf(controlPlane, input.id),
      (draft: Draft, used) => changeClass(draft, input, used),
    );
    return viewChanged(controlPlane, input.id, order);
  },
});

export const EndInstance = defineAction({
  name: 'EndInstance',
  method: 'POST',
  path: '/v1/instances/:id/end',
  summary:
    'End an instance early, as both agreed: what was used is charged, what is not consumed of a term is refunded.',
  cli: { command: 'instance end', positional: ['id'] },
  input: Type.Object({
    id,
    agreed: initially(
      Type.Boolean({ description: 'Both agree to it; otherwise a subscription runs to its end' }),
      false,
    ),
  }),
  output: instanceView,
  async run({ controlPlane }, input) {
    if (!input.agreed) {
      const wayOut = 'Give agreed (--agreed), or let the subscription run to its end';
      throw invalidInput('agreed', input.agreed, 'both have to agree to an early end', wayOut);
    }
    const ended = await controlPlane.changeInstance(input.id, (draft) =>
      endByAgreement(draft, input.id),
    );
    return viewInstance(ended, controlPlane);
  },
});

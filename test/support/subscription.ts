/** Subscriptions in a FakeWorld: ordered, paid and renewed as a customer does it. */
import type { InstanceRequest } from '../../src/control-plane/core/decisions.js';
import { orderInstance, payOrder } from '../../src/control-plane/core/order-kinds.js';
import { orderRenewal } from '../../src/control-plane/core/renewal.js';
import { ORDER, type FakeWorld } from './fake-world.js';

/** By the month, paid at once from the balance. Resolves with its id. */
export function subscribe(
  world: FakeWorld,
  wanted: Partial<InstanceRequest> = {},
  months = 1,
): Promise<string> {
  const request = { ...ORDER, ...wanted, chargeType: 'PrePaid' as const };
  return world.controlPlane.decide((draft) => {
    const order = orderInstance(draft, request, { months, autoRenewMonths: null });
    return payOrder(draft, order.id);
  });
}

export function renew(world: FakeWorld, id: string, months = 1): Promise<string> {
  return world.controlPlane.decide((draft) => payOrder(draft, orderRenewal(draft, id, months).id));
}

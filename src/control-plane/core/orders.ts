/** What is bought in advance: an order shows its price before it is paid, and is void when it is not (2.1, 2.2.1.1). */
import type { Instant } from './duration.js';
import type { InstanceRequest } from './decisions.js';
import type { Money } from './money.js';

export const ORDER_STATES = ['unpaid', 'paid', 'fulfilled', 'void', 'cancelled'] as const;
export type OrderState = (typeof ORDER_STATES)[number];

export const ORDER_KINDS = ['new', 'renewal', 'upgrade', 'downgrade', 'conversion'] as const;
export type OrderKind = (typeof ORDER_KINDS)[number];

export interface Order {
  readonly id: string;
  readonly kind: OrderKind;
  readonly accountId: string;
  /** null while an instance is only ordered. */
  readonly instanceId: string | null;
  /** What is to be made, of a `new` order. */
  readonly request: InstanceRequest | null;
  readonly months: number;
  readonly price: Money;
  readonly state: OrderState;
  readonly orderedAt: Instant;
  readonly paidAt: Instant | null;
}

/** Refusals that are about orders, terms of payment and classes: rows of ERRORS (errors.ts). */
import type { ErrorRow } from './errors.js';

export const MONEY_ERRORS = {
  InsufficientBalance: {
    status: 402,
    text: 'account "{id}" has {balance}, and {what}: {needed}. Top it up first',
  },
  IncorrectOrderState: {
    status: 409,
    text: 'order "{id}" is {state}, and only an unpaid one can be {asked}. {wayOut}',
  },
  OrderOutOfDate: {
    status: 409,
    text: 'order "{id}" was made for what instance "{instance}" was then, and {problem}. Cancel it and order again',
  },
  HasRenewChangeOrder: {
    status: 400,
    text: 'instance "{id}" has order "{order}", which is not paid yet. Pay or cancel that one first',
  },
  OrderLatestOrderIsHanding: {
    status: 400,
    text: 'instance "{id}" has order "{order}", which is not paid yet. Pay or cancel that one first',
  },
  AlreadyPrePaid: {
    status: 403,
    text: 'instance "{id}" is a subscription already. Renew it with "instance renew"',
  },
  AlreadyPostPaid: {
    status: 403,
    text: 'instance "{id}" is pay-as-you-go already. There is nothing to convert',
  },
  InstanceChargeTypeNotSupport: {
    status: 403,
    text: '{action} is not possible for instance "{id}", which is {chargeType}. {wayOut}',
  },
  RenewalTooShort: {
    status: 400,
    text: 'instance "{id}" expired at {expiresAt}, and renewed by {months} it would still be expired: the new term begins there. Give at least {needed}',
  },
  InstanceClassDoesNotChange: {
    status: 400,
    text: 'instance "{id}" is of class {instanceClass} already. Give another one',
  },
  TargetMemoryLessThanCurrentUsed: {
    status: 403,
    text: '{what} has {memory} bytes of memory, and the data of instance "{id}" takes {used}. Delete some of it, or take more',
  },
} as const satisfies Record<string, ErrorRow>;

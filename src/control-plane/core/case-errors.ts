/** Refusals that have to do with cases; rows of ERRORS (errors.ts). */
import type { ErrorRow } from './errors.js';

export const CASE_ERRORS = {
  AccountNotOpen: {
    status: 403,
    text: 'account "{id}" is {measure} since {since} ({reason}): {action} is not possible. {wayOut}',
  },
  IncorrectCaseState: {
    status: 409,
    text: '{action} is not possible for "{id}", which is {state}: only while it is {legal}',
  },
  NoticeTooShort: {
    status: 400,
    text: 'a notice of {kind} must be given {ahead} ahead (clause {clause}): {effective} is too early. The earliest is {earliest}',
  },
  NotCancellableYet: {
    status: 409,
    text: 'instance "{id}" was unavailable by the vendor\'s fault for {longest} without a break; it can be cancelled from {needed} on (clause 8.3): {missing} are missing. "instance availability {id}" shows what counts',
  },
  ClaimNotFounded: {
    status: 409,
    text: 'there is nothing to claim for instance "{id}": {reason}. "instance availability {id}" shows what counts',
  },
  ClaimsExhausted: {
    status: 409,
    text: 'claims for instance "{id}" are worth at most the fees paid for it (clause 8.5): {fees}, of which {claimed} were paid as claims. There is nothing left',
  },
  MaintenanceOutsideWindow: {
    status: 400,
    text: 'maintenance of instance "{id}" is possible from {start} to {end} of each day (clause 8.2.1), and {at} is not. The next time is {next}; "maintenance window" changes it',
  },
} as const satisfies Record<string, ErrorRow>;

/** What the vendor pays for having been unavailable. */
import { Type } from 'typebox';
import { fileClaim } from '../core/claims.js';
import { invalidInput } from '../core/errors.js';
import { parseMoney } from '../core/money.js';
import { defineAction } from './action.js';
import { claimView, viewClaim } from './case-views.js';
import { caseId, decided, filter, instance, listed, reading } from './cases.js';

export const FileClaim = defineAction({
  name: 'FileClaim',
  method: 'POST',
  path: '/v1/instances/:instance/claims',
  summary:
    "Claim compensation for the time an instance was unavailable by the vendor's fault: at most the fees paid for it (8.5).",
  cli: { command: 'claim file', positional: ['instance'] },
  input: Type.Object({
    instance,
    amount: Type.Union([Type.String(), Type.Number()], { description: 'How much, such as 10' }),
  }),
  output: claimView,
  async run(context, input) {
    const amount = parseMoney('amount', input.amount);
    if (amount <= 0n) {
      const wayOut = 'Give one such as 10';
      throw invalidInput('amount', input.amount, 'must be more than nothing', wayOut);
    }
    const row = await decided(context, 'claims', (draft) =>
      fileClaim(draft, input.instance, amount),
    );
    return viewClaim(row);
  },
});

export const ListClaims = defineAction({
  name: 'ListClaims',
  method: 'GET',
  path: '/v1/claims',
  summary: 'List the claims that were paid.',
  cli: { command: 'claim list' },
  input: filter,
  output: Type.Object({ claims: Type.Array(claimView) }),
  run(context, input) {
    return { claims: listed(context, 'claims', input).map(viewClaim) };
  },
});

export const GetClaim = defineAction({
  name: 'GetClaim',
  method: 'GET',
  path: '/v1/claims/:claim',
  summary: 'Show a claim.',
  cli: { command: 'claim show', positional: ['claim'] },
  input: Type.Object({ claim: caseId('cl-1') }),
  output: claimView,
  run({ controlPlane }, input) {
    return viewClaim(reading(controlPlane).record('claims', input.claim));
  },
});

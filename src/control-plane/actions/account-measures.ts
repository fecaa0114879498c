/** The vendor's measures against a whole account. */
import { Type } from 'typebox';
import { resumeAccount, suspendAccount, terminateAccount } from '../core/account-measures.js';
import { defineAction } from './action.js';
import { account, words } from './cases.js';
import { accountView, viewAccount } from './views.js';

const reason = words('Why: a breach, or a risk to others');

export const SuspendAccount = defineAction({
  name: 'SuspendAccount',
  method: 'POST',
  path: '/v1/accounts/:account/suspend',
  summary: 'Suspend an account: all of its instances, and no new ones (membership agreement).',
  cli: { command: 'account suspend', positional: ['account'] },
  input: Type.Object({ account, reason }),
  output: accountView,
  async run({ controlPlane }, input) {
    await controlPlane.decide((draft) => suspendAccount(draft, input.account, input.reason));
    return viewAccount(controlPlane.account(input.account));
  },
});

export const ResumeAccount = defineAction({
  name: 'ResumeAccount',
  method: 'POST',
  path: '/v1/accounts/:account/resume',
  summary: 'End the suspension of an account; other measures against its instances stay.',
  cli: { command: 'account resume', positional: ['account'] },
  input: Type.Object({ account }),
  output: accountView,
  async run({ controlPlane }, input) {
    await controlPlane.decide((draft) => resumeAccount(draft, input.account));
    return viewAccount(controlPlane.account(input.account));
  },
});

export const TerminateAccount = defineAction({
  name: 'TerminateAccount',
  method: 'POST',
  path: '/v1/accounts/:account/terminate',
  summary:
    'End an account for good: all of its instances end without a refund, and its debt stays (membership agreement).',
  cli: { command: 'account terminate', positional: ['account'] },
  input: Type.Object({ account, reason }),
  output: accountView,
  async run({ controlPlane }, input) {
    await controlPlane.decide((draft) => terminateAccount(draft, input.account, input.reason));
    return viewAccount(controlPlane.account(input.account));
  },
});

/** What the vendor tells its customers. */
import { Type } from 'typebox';
import { parseInstant } from '../core/duration.js';
import { invalidInput } from '../core/errors.js';
import { announce, NOTICES, SENDABLE_NOTICES, withdrawNotice } from '../core/notices.js';
import { defineAction } from './action.js';
import { noticeView, viewNotice } from './case-views.js';
import { caseId, decided, filter, listed, reading, words } from './cases.js';

const notice = caseId('n-1');

export const SendNotice = defineAction({
  name: 'SendNotice',
  method: 'POST',
  path: '/v1/notices',
  summary:
    'Tell an account, or all: changed terms, an end by the vendor, a transfer of rights (30 days ahead), or disclosed data.',
  cli: { command: 'notice send', positional: ['kind'] },
  input: Type.Object({
    kind: Type.Enum([...SENDABLE_NOTICES], {
      description: 'What is told; vendor-end ends its instance when it takes effect',
    }),
    instance: Type.Optional(Type.String({ minLength: 1, description: 'The one it is about' })),
    account: Type.Optional(
      Type.String({ minLength: 1, description: "Who is told; the instance's, or all, by default" }),
    ),
    effective: Type.Optional(
      Type.String({
        description: 'From when on, with its zone: 2026-12-01T00:00:00Z; the earliest by default',
      }),
    ),
    text: Type.Optional(words('What is told, in words')),
  }),
  output: Type.Object({ notices: Type.Array(noticeView) }),
  async run({ controlPlane }, input) {
    const { kind, instance, effective } = input;
    if (kind === 'vendor-end' && instance === undefined) {
      throw invalidInput('instance', undefined, `is what ${kind} is about`, 'Name one such as r-1');
    }
    const when = effective === undefined ? null : parseInstant('effective', effective);
    const text = input.text ?? NOTICES[kind].says;
    const ids = await controlPlane.decide((draft) => {
      const own = instance === undefined ? undefined : draft.instance(instance).accountId;
      if (own !== undefined && input.account !== undefined && own !== input.account) {
        const wayOut = `Leave it out: ${instance ?? ''} is of account ${own}`;
        throw invalidInput('account', input.account, 'does not have that instance', wayOut);
      }
      const one = input.account ?? own;
      const accounts = one === undefined ? [...draft.world.accounts.keys()] : [one];
      return accounts.map((accountId) => {
        const told = { kind, accountId, instanceId: instance ?? null, text };
        return announce(draft, when === null ? told : { ...told, effectiveAt: when }).id;
      });
    });
    const draft = reading(controlPlane);
    return { notices: ids.map((id) => viewNotice(draft.record('notices', id))) };
  },
});

export const ListNotices = defineAction({
  name: 'ListNotices',
  method: 'GET',
  path: '/v1/notices',
  summary: 'List who was told what, and when.',
  cli: { command: 'notice list' },
  input: filter,
  output: Type.Object({ notices: Type.Array(noticeView) }),
  run(context, input) {
    return { notices: listed(context, 'notices', input).map(viewNotice) };
  },
});

export const GetNotice = defineAction({
  name: 'GetNotice',
  method: 'GET',
  path: '/v1/notices/:notice',
  summary: 'Show a notice.',
  cli: { command: 'notice show', positional: ['notice'] },
  input: Type.Object({ notice }),
  output: noticeView,
  run({ controlPlane }, input) {
    return viewNotice(reading(controlPlane).record('notices', input.notice));
  },
});

export const WithdrawNotice = defineAction({
  name: 'WithdrawNotice',
  method: 'POST',
  path: '/v1/notices/:notice/withdraw',
  summary: 'Withdraw a notice: nothing follows from it any more.',
  cli: { command: 'notice withdraw', positional: ['notice'] },
  input: Type.Object({ notice }),
  output: noticeView,
  async run(context, input) {
    const withdrawn = await decided(context, 'notices', (draft) => {
      withdrawNotice(draft, input.notice);
      return input.notice;
    });
    return viewNotice(withdrawn);
  },
});

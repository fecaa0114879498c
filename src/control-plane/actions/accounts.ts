/** Who pays. */
import { Type } from 'typebox';
import { invalidInput } from '../core/errors.js';
import { parseMoney, type Money } from '../core/money.js';
import { DEFAULT_ACCOUNT, grantCredit, openAccount, setBalance, topUp } from '../core/decisions.js';
import { defineAction } from './action.js';
import { initially } from './initially.js';
import { accountView, ledgerEntryView, viewAccount, viewLedgerEntry } from './views.js';
import { limit, after, next } from './paging.js';

const account = initially(
  Type.String({ minLength: 1, description: 'The account' }),
  DEFAULT_ACCOUNT,
);
const amount = (description: string, otherwise = '') =>
  Type.Union([Type.String(), Type.Number()], {
    description: `${description}, such as 100 or 0.21${otherwise}`,
  });

/** Throws InvalidInput. */
function somethingOf(given: string | number): Money {
  const parsed = parseMoney('amount', given);
  if (parsed > 0n) return parsed;
  throw invalidInput('amount', given, 'must be more than nothing', 'Give one such as 100');
}

export const OpenAccount = defineAction({
  name: 'OpenAccount',
  method: 'POST',
  path: '/v1/accounts',
  summary: 'Open an account.',
  cli: { command: 'account open', positional: ['account'] },
  input: Type.Object({
    account: Type.String({ description: 'A name: letters, digits, ".", "_" and "-", at most 64' }),
    balance: Type.Optional(amount('What it starts with', '; nothing by default')),
  }),
  output: accountView,
  async run({ controlPlane }, input) {
    if (!/^[A-Za-z0-9][\w.-]{0,63}$/.test(input.account)) {
      const wayOut =
        'Use letters, digits, ".", "_" and "-", at most 64, the first a letter or digit';
      throw invalidInput('account', input.account, 'is not a name for an account', wayOut);
    }
    const credit = parseMoney('balance', input.balance ?? '0');
    await controlPlane.decide((draft) => openAccount(draft, input.account, credit));
    return viewAccount(controlPlane.account(input.account));
  },
});

export const ListAccounts = defineAction({
  name: 'ListAccounts',
  method: 'GET',
  path: '/v1/accounts',
  summary: 'List the accounts.',
  cli: { command: 'account list' },
  input: Type.Object({}),
  output: Type.Object({ accounts: Type.Array(accountView) }),
  run({ controlPlane }) {
    return { accounts: [...controlPlane.world.accounts.values()].map(viewAccount) };
  },
});

export const GetAccount = defineAction({
  name: 'GetAccount',
  method: 'GET',
  path: '/v1/accounts/:account',
  summary: 'Show an account: its balance, and since when it owes.',
  cli: { command: 'account show', positional: ['account'] },
  input: Type.Object({ account }),
  output: accountView,
  run({ controlPlane }, input) {
    return viewAccount(controlPlane.account(input.account));
  },
});

export const TopUpAccount = defineAction({
  name: 'TopUpAccount',
  method: 'POST',
  path: '/v1/accounts/:account/top-up',
  summary: 'Pay in. Whoever owes nothing any more is active again at once.',
  cli: { command: 'account top-up', positional: ['amount'] },
  input: Type.Object({ account, amount: amount('How much') }),
  output: accountView,
  async run({ controlPlane }, input) {
    const credit = somethingOf(input.amount);
    await controlPlane.decide((draft) => topUp(draft, input.account, credit));
    return viewAccount(controlPlane.account(input.account));
  },
});

export const GrantCredit = defineAction({
  name: 'GrantCredit',
  method: 'POST',
  path: '/v1/accounts/:account/grant',
  summary:
    'Give an account something that pays for the service and nothing else: used before its own money, never paid out.',
  cli: { command: 'account grant', positional: ['amount'] },
  input: Type.Object({
    account,
    amount: amount('How much'),
    for: initially(
      Type.String({ minLength: 1, maxLength: 200, description: 'What it is for' }),
      'a promotion',
    ),
  }),
  output: accountView,
  async run({ controlPlane }, input) {
    const granted = somethingOf(input.amount);
    await controlPlane.decide((draft) => grantCredit(draft, input.account, granted, input.for));
    return viewAccount(controlPlane.account(input.account));
  },
});

export const SetAccountBalance = defineAction({
  name: 'SetAccountBalance',
  method: 'PUT',
  path: '/v1/accounts/:account/balance',
  summary:
    'Make the balance what is asked for, by an adjustment in the ledger. Grants stay as far as it goes.',
  cli: { command: 'account set-balance', positional: ['balance'] },
  input: Type.Object({ account, balance: amount('The new balance') }),
  output: accountView,
  async run({ controlPlane }, input) {
    const balance = parseMoney('balance', input.balance);
    await controlPlane.decide((draft) => setBalance(draft, input.account, balance));
    return viewAccount(controlPlane.account(input.account));
  },
});

export const ListLedger = defineAction({
  name: 'ListLedger',
  method: 'GET',
  path: '/v1/accounts/:account/ledger',
  summary: "List an account's money book; its sum is the balance.",
  cli: { command: 'account ledger', positional: ['account'] },
  input: Type.Object({ account, after, limit }),
  output: Type.Object({ entries: Type.Array(ledgerEntryView), next }),
  run({ controlPlane, store }, input) {
    const { id } = controlPlane.account(input.account);
    const page = store.ledger({ accountId: id, after: input.after, limit: input.limit });
    return { entries: page.rows.map(viewLedgerEntry), next: page.next };
  },
});

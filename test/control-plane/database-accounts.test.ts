/** Who may log in to an instance: the vendor's rules, and what the record says of them. */
import { describe, expect, test } from 'vitest';
import { ACCOUNT_NAME_KEYWORDS } from '../../src/control-plane/core/account-name-keywords.js';
import * as accounts from '../../src/control-plane/core/database-accounts.js';
import type { Draft } from '../../src/control-plane/core/draft.js';
import {
  changeAuthMode,
  changePassword,
  rename,
} from '../../src/control-plane/core/instance-changes.js';
import { FakeWorld } from '../support/fake-world.js';

const PASSWORD = { salt: '00', hash: 'aa' };
const OTHER = { salt: '11', hash: 'bb' };

function accountNamed(name: string, description = ''): accounts.DatabaseAccount {
  return { name, privilege: 'RoleReadWrite', description, password: PASSWORD };
}

async function worldWithInstance() {
  const world = await FakeWorld.open();
  await world.create();
  const change = (decide: (draft: Draft) => void) =>
    world.controlPlane.changeInstance('r-1', decide);
  const create = (account: accounts.DatabaseAccount) =>
    change((draft) => accounts.createAccount(draft, 'r-1', account));
  const names = () => world.controlPlane.instance('r-1').databaseAccounts.map(({ name }) => name);
  return Object.assign(world, { change, createAccount: create, names });
}

describe('the name of a database account', () => {
  test.each(['a', 'reader', 'r2_d2', 'a'.repeat(100)])('may be "%s"', async (name) => {
    await using world = await worldWithInstance();
    await world.createAccount(accountNamed(name));
    expect(world.names()).toEqual([name]);
  });

  test.each([
    ...['', 'Reader', '1st', '_a', 'a-b', 'a b', 'a:b', 'ä', 'a\n', 'a'.repeat(101), 'r-2'],
  ])('may not be "%s"', async (name) => {
    await using world = await worldWithInstance();
    await expect(world.createAccount(accountNamed(name))).rejects.toMatchObject({
      code: 'InvalidAccountNameFormat',
    });
  });

  test('may not be a keyword of the service', async () => {
    await using world = await worldWithInstance();
    for (const name of ['admin', 'root', 'select', 'x509', 'guest']) {
      await expect(world.createAccount(accountNamed(name))).rejects.toMatchObject({
        code: 'InvalidAccountNameForbid',
        message: `the account name "${name}" is a keyword of the service. Take another one, such as ${name}_1`,
      });
    }
    expect(ACCOUNT_NAME_KEYWORDS.size).toBeGreaterThan(200);
    expect([...ACCOUNT_NAME_KEYWORDS].filter((one) => !/^[a-z][a-z0-9_]*$/.test(one))).toEqual([]);
  });

  test('is given once, and the names of the default account are given', async () => {
    await using world = await worldWithInstance();
    await world.createAccount(accountNamed('reader'));
    for (const name of ['reader', 'default', 'r-1']) {
      await expect(world.createAccount(accountNamed(name))).rejects.toMatchObject({
        code: 'InvalidAccountNameDuplicate',
      });
    }
  });

  test('of another instance does not matter', async () => {
    await using world = await worldWithInstance();
    await world.create();
    await world.createAccount(accountNamed('reader'));
    await world.controlPlane.changeInstance('r-2', (draft) =>
      accounts.createAccount(draft, 'r-2', accountNamed('reader')),
    );
    expect(world.names()).toEqual(['reader']);
  });
});

test('there are at most 18 beside the default one; a deleted one makes room', async () => {
  await using world = await worldWithInstance();
  for (let i = 1; i <= 18; i += 1) await world.createAccount(accountNamed(`account_${String(i)}`));
  await expect(world.createAccount(accountNamed('one_more'))).rejects.toMatchObject({
    code: 'AccountLimitExceeded',
    details: { id: 'r-1', limit: '18' },
  });
  await world.change((draft) => accounts.deleteAccount(draft, 'r-1', 'account_7'));
  await world.createAccount(accountNamed('one_more'));
  expect(world.names()).toHaveLength(18);
});

test.each([
  ['x', false],
  ['xy', true],
  ['x'.repeat(256), true],
  ['x'.repeat(257), false],
  ['http://example.com', false],
  ['HTTPS://example.com', false],
  ['see http://example.com', true],
])('a description "%s" is possible: %s', async (description, possible) => {
  await using world = await worldWithInstance();
  const made = world.createAccount(accountNamed('reader', description));
  if (possible) await made;
  else await expect(made).rejects.toMatchObject({ code: 'InvalidAccountDescriptionFormat' });
  expect(world.names()).toEqual(possible ? ['reader'] : []);
});

describe('the default account', () => {
  test.each(['default', 'r-1'])(
    'by the name %s gets a password, and nothing else',
    async (name) => {
      await using world = await worldWithInstance();
      await world.change((draft) => accounts.resetPassword(draft, 'r-1', name, OTHER));
      expect(world.controlPlane.instance('r-1').password).toEqual(OTHER);
      const others: readonly ((draft: Draft) => void)[] = [
        (draft) => accounts.deleteAccount(draft, 'r-1', name),
        (draft) => accounts.grantPrivilege(draft, 'r-1', name, 'RoleReadOnly'),
        (draft) => accounts.describeAccount(draft, 'r-1', name, 'mine'),
      ];
      for (const other of others) {
        await expect(world.change(other)).rejects.toMatchObject({ code: 'IncorrectAccount' });
      }
    },
  );
});

test('an account that is not there is told with those that are', async () => {
  await using world = await worldWithInstance();
  await world.createAccount(accountNamed('reader'));
  await expect(
    world.change((draft) => accounts.grantPrivilege(draft, 'r-1', 'writer', 'RoleReadOnly')),
  ).rejects.toThrow('instance "r-1" has no account "writer". Accounts it has: default, reader');
});

test('each change is told with its clause, and no secret is in what is told', async () => {
  await using world = await worldWithInstance();
  const told = world.events().length;
  await world.createAccount(accountNamed('reader'));
  await world.change((draft) => accounts.grantPrivilege(draft, 'r-1', 'reader', 'RoleReadOnly'));
  await world.change((draft) => accounts.resetPassword(draft, 'r-1', 'reader', OTHER));
  await world.change((draft) => accounts.describeAccount(draft, 'r-1', 'reader', 'it reads'));
  await world.change((draft) => accounts.deleteAccount(draft, 'r-1', 'reader'));
  await world.change((draft) => changePassword(draft, 'r-1', OTHER));
  await world.change((draft) => changeAuthMode(draft, 'r-1', false));
  await world.change((draft) => changeAuthMode(draft, 'r-1', false));
  await world.change((draft) => rename(draft, 'r-1', 'shop'));
  expect(world.timeline(told)).toMatchInlineSnapshot(`
    "
    01-01 00:00                3.1.5    r-1: account reader created, RoleReadWrite
    01-01 00:00                3.1.5    r-1: account reader is RoleReadOnly
    01-01 00:00                3.1.5    r-1: password of account reader changed
    01-01 00:00                3.1.5    r-1: account reader is described anew
    01-01 00:00                3.1.5    r-1: account reader deleted
    01-01 00:00                3.1.5    password of r-1 changed
    01-01 00:00                3.1.5    r-1 needs a password from now on
    01-01 00:00                -        r-1 is called "shop"
    "
  `);
  expect(JSON.stringify(world.events(told))).not.toMatch(/aa|bb/);
});

test('a deleted instance has no password and no accounts any more, in the record neither', async () => {
  await using world = await worldWithInstance();
  await world.createAccount(accountNamed('reader'));
  await world.change((draft) => changePassword(draft, 'r-1', OTHER));
  await world.destroy('r-1');
  expect(world.controlPlane.instance('r-1')).toMatchObject({
    password: null,
    databaseAccounts: [],
  });
});

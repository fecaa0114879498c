/** What the data plane is told of an instance: who may log in, from where, with which words and ceilings. */
import { describe, expect, test } from 'vitest';
import {
  createAccount,
  deleteAccount,
  grantPrivilege,
} from '../../src/control-plane/core/database-accounts.js';
import type { Draft } from '../../src/control-plane/core/draft.js';
import type { InstanceRequest } from '../../src/control-plane/core/decisions.js';
import {
  changeAuthMode,
  changePassword,
  rename,
} from '../../src/control-plane/core/instance-changes.js';
import { modifyConfig } from '../../src/control-plane/core/parameters.js';
import { modifySecurityIps, whitelistOf } from '../../src/control-plane/core/whitelist.js';
import { FakeWorld } from '../support/fake-world.js';

const PASSWORD = { salt: '00', hash: 'aa' };
const OTHER = { salt: '11', hash: 'bb' };
const OWN = { username: 'default', password: 'password of r-1' };
const READER = {
  name: 'reader',
  privilege: 'RoleReadOnly',
  description: '',
  password: OTHER,
} as const;

async function worldWith(wanted: Partial<InstanceRequest> = {}) {
  const world = await FakeWorld.open();
  await world.create(wanted);
  const change = (decide: (draft: Draft) => void) =>
    world.controlPlane.changeInstance('r-1', decide);
  const told = () => {
    const endpoint = world.dataPlane.endpoints.get('r-1');
    if (!endpoint) throw new Error('there is no endpoint');
    return endpoint;
  };
  return Object.assign(world, { change, told });
}

describe('who may log in', () => {
  test('the default account by both its names; who does not is it, too, while that needs no password', async () => {
    await using world = await worldWith();
    expect(world.told()).toMatchObject({
      logins: [{ names: ['default', 'r-1'], password: null, backend: OWN }],
      unasked: OWN,
    });
  });

  test('with a password needed, who does not log in is nobody', async () => {
    await using world = await worldWith({ password: PASSWORD, passwordFree: false });
    expect(world.told()).toMatchObject({
      logins: [{ names: ['default', 'r-1'], password: PASSWORD, backend: OWN }],
      unasked: null,
    });
    await world.change((draft) => changeAuthMode(draft, 'r-1', true));
    expect(world.told()).toMatchObject({ logins: [{ password: PASSWORD }], unasked: OWN });
    await world.change((draft) => changePassword(draft, 'r-1', OTHER));
    expect(world.told().logins[0]?.password).toEqual(OTHER);
  });

  test('other accounts by their names, as users of Redis that may do no more than they', async () => {
    await using world = await worldWith();
    await world.change((draft) => createAccount(draft, 'r-1', READER));
    const backend = { username: 'user reader', password: 'password of reader' };
    expect(world.told().logins.slice(1)).toEqual([{ names: ['reader'], password: OTHER, backend }]);
    expect(world.engine.backends.get('r-1')?.users).toEqual([{ name: 'reader', readOnly: true }]);
    await world.change((draft) => grantPrivilege(draft, 'r-1', 'reader', 'RoleReadWrite'));
    expect(world.engine.backends.get('r-1')?.users).toEqual([{ name: 'reader', readOnly: false }]);
  });

  test('an account is let in when Redis knows it, and is not any more before Redis forgets it', async () => {
    await using world = await worldWith();
    const seen: string[] = [];
    world.onCall = (call) => {
      const users = world.engine.backends.get('r-1')?.users.map(({ name }) => name) ?? [];
      if (call.startsWith('endpoint'))
        seen.push(`endpoint is told; Redis has ${users.join() || 'none'}`);
      else seen.push(`${call}; the endpoint has ${String(world.told().logins.length - 1)}`);
    };
    await world.change((draft) => createAccount(draft, 'r-1', READER));
    await world.change((draft) => deleteAccount(draft, 'r-1', 'reader'));
    expect(seen).toMatchInlineSnapshot(`
      [
        "endpoint is told; Redis has none",
        "engine up r-1, writes pass; the endpoint has 0",
        "settle r-1; the endpoint has 0",
        "endpoint is told; Redis has reader",
        "endpoint is told; Redis has reader",
        "engine up r-1, writes pass; the endpoint has 0",
        "settle r-1; the endpoint has 0",
        "endpoint is told; Redis has none",
      ]
    `);
  });

  test('nobody, and nobody is served, before Redis answers', async () => {
    await using world = await FakeWorld.open();
    const specs: unknown[] = [];
    world.onCall = (call) => {
      if (call.startsWith('engine up')) specs.push(world.dataPlane.endpoints.get('r-1'));
    };
    await world.create({ password: PASSWORD });
    expect(specs[0]).toMatchObject({ logins: [], unasked: null, backend: null });
  });
});

test('from where: all groups of the whitelist together, as they are changed', async () => {
  await using world = await worldWith({ whitelist: whitelistOf(['10.0.0.0/8']) });
  await world.change((draft) => {
    modifySecurityIps(draft, 'r-1', { group: 'office', mode: 'Cover', addresses: ['::1'] });
  });
  expect(world.told().whitelist).toEqual(['10.0.0.0/8', '::1']);
});

describe('ceilings', () => {
  test.each<[Partial<InstanceRequest>, number, number | null]>([
    [{}, 10_000, 10 * 1024 ** 2],
    [{ instanceClass: 'redis.master.8xlarge.default' }, 10_000, 48 * 1024 ** 2],
    [{ connections: 5, bandwidth: 0.5 }, 5, 512 * 1024],
    [{ bandwidth: 1e-9 }, 10_000, 1],
    [{ bandwidth: 0 }, 10_000, null],
  ])('of %j are %d connections and %s bytes a second', async (wanted, connections, bytes) => {
    await using world = await worldWith(wanted);
    expect(world.told().ceilings).toEqual({
      connections,
      newConnectionsPerSecond: 10_000,
      bytesPerSecondIn: bytes,
      bytesPerSecondOut: bytes,
    });
  });
});

describe('words', () => {
  test.each([
    ['apsaradb', 'WRONGPASS invalid username-password pair', 'ERR illegal address: {address}'],
    ['apsaradb-2018', 'ERR invalid password', 'ERR illegal address'],
    [
      'redis',
      'WRONGPASS invalid username-password pair or user is disabled.',
      'ERR illegal address: {address}',
    ],
  ] as const)('of the wire profile %s', async (wireProfile, wrongPassword, illegalAddress) => {
    await using world = await worldWith({ wireProfile });
    expect(world.told().words).toEqual({
      wrongPassword,
      notServed: 'ERR redis temporary failure',
      notLoggedIn: expect.stringMatching(/^NOAUTH Authentication required\.?$/) as string,
      illegalAddress,
      tooManyConnections: 'ERR max number of clients reached',
    });
  });
});

describe('commands that are not open', () => {
  test('are those that administer the server, and never those that client libraries need', async () => {
    await using world = await worldWith();
    const { notOpen } = world.told();
    for (const name of ['acl', 'config|set', 'debug', 'shutdown', 'slaveof', 'restore-asking']) {
      expect(notOpen[name]).toBe(`ERR unknown command '${name.replace('|', ' ')}'`);
    }
    const needed = [
      'command',
      'role',
      'info',
      'client',
      'client|id',
      'client|setinfo',
      'config',
      'config|get',
    ];
    expect(needed.filter((name) => Object.hasOwn(notOpen, name))).toEqual([]);
  });

  test('are none in the profile "open", but for those that the customer disabled', async () => {
    await using world = await worldWith({ commandProfile: 'open' });
    expect(world.told().notOpen).toEqual({});
    await world.change((draft) => {
      modifyConfig(draft, 'r-1', { '#no_loose_disabled-commands': 'flushall,script' }, true);
    });
    expect(world.told().notOpen).toEqual({
      flushall: "ERR command 'flushall' not support for your account",
      script: "ERR command 'script' not support for your account",
    });
  });
});

describe('what may be changed', () => {
  const changes: readonly ((draft: Draft) => void)[] = [
    (draft) => createAccount(draft, 'r-1', READER),
    (draft) => changePassword(draft, 'r-1', OTHER),
    (draft) => changeAuthMode(draft, 'r-1', false),
    (draft) => rename(draft, 'r-1', 'shop'),
    (draft) => modifyConfig(draft, 'r-1', { timeout: '60' }, true),
    (draft) =>
      modifySecurityIps(draft, 'r-1', { group: 'default', mode: 'Cover', addresses: ['::1'] }),
  ];

  test('is everything while the instance is overdue', async () => {
    await using world = await worldWith();
    await world.setBalance('0');
    await world.advance('1h');
    expect(world.states()).toBe('r-1 overdue');
    for (const change of changes) await world.change(change);
    expect(world.controlPlane.instance('r-1')).toMatchObject({ name: 'shop', password: OTHER });
  });

  test.each([
    ['frozen', '26h'],
    ['deleted', '9d'],
  ])('is nothing while it is %s (7.2.3.1): operations are frozen, too', async (state, after) => {
    await using world = await worldWith();
    await world.setBalance('0');
    await world.advance(after);
    const before = world.controlPlane.instance('r-1');
    for (const change of changes) {
      await expect(world.change(change)).rejects.toMatchObject({
        code: 'IncorrectDBInstanceState',
        message: expect.stringContaining(
          `is not possible while instance "r-1" is ${state}: only while it is active or overdue`,
        ) as string,
      });
    }
    expect(world.controlPlane.instance('r-1')).toEqual(before);
  });

  test('holds after a restart', async () => {
    await using world = await worldWith({
      password: PASSWORD,
      passwordFree: false,
      connections: 7,
    });
    for (const change of changes) await world.change(change);
    const told = world.told();
    await world.restart();
    expect(world.told()).toEqual(told);
  });

  test('a change that changes nothing outside leaves the outside alone', async () => {
    await using world = await worldWith();
    world.journal.length = 0;
    await world.change((draft) => rename(draft, 'r-1', 'shop'));
    expect(world.journal).toEqual([]);
  });
});

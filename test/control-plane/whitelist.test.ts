/** From where clients may come: the vendor's three ways to change a group. */
import { expect, test } from 'vitest';
import {
  modifySecurityIps,
  parseSecurityIps,
  whitelistOf,
  type ModifyMode,
} from '../../src/control-plane/core/whitelist.js';
import { FakeWorld } from '../support/fake-world.js';

async function worldWithWhitelist(addresses: string) {
  const world = await FakeWorld.open();
  await world.create({ whitelist: whitelistOf(parseSecurityIps(addresses)) });
  const modify = (mode: ModifyMode, text: string, group = 'default') =>
    world.controlPlane.changeInstance('r-1', (draft) =>
      modifySecurityIps(draft, 'r-1', { group, mode, addresses: parseSecurityIps(text) }),
    );
  const groups = () =>
    world.controlPlane
      .instance('r-1')
      .whitelist.map(({ name, addresses: all }) => `${name}: ${all.join(' ')}`);
  return Object.assign(world, { modify, groups });
}

test('Cover replaces a group, Append adds to it, Delete takes from it', async () => {
  await using world = await worldWithWhitelist('10.0.0.1');
  await world.modify('Append', '10.0.0.2,fd00::/8');
  expect(world.groups()).toEqual(['default: 10.0.0.1 10.0.0.2 fd00::/8']);
  await world.modify('Delete', '10.0.0.1');
  expect(world.groups()).toEqual(['default: 10.0.0.2 fd00::/8']);
  await world.modify('Cover', '0.0.0.0/0');
  expect(world.groups()).toEqual(['default: 0.0.0.0/0']);
});

test('groups are apart, are made by being named, and go with their last address', async () => {
  await using world = await worldWithWhitelist('10.0.0.1');
  await world.modify('Append', '10.0.0.1', 'office');
  expect(world.groups()).toEqual(['default: 10.0.0.1', 'office: 10.0.0.1']);
  await world.modify('Delete', '10.0.0.1', 'office');
  expect(world.groups()).toEqual(['default: 10.0.0.1']);
});

test('the group default keeps at least one address', async () => {
  await using world = await worldWithWhitelist('10.0.0.1');
  await expect(world.modify('Delete', '10.0.0.1')).rejects.toMatchObject({
    code: 'InvalidSecurityIPListNotFound',
    message:
      'group "default" of the whitelist of instance "r-1" needs at least one address. It has: 10.0.0.1',
  });
});

test('what is there already, however it is written, is not added again; what is not there is not taken', async () => {
  await using world = await worldWithWhitelist('10.0.0.0/8,::1');
  for (const same of ['10.1.2.3/8', '0:0:0:0:0:0:0:1']) {
    await expect(world.modify('Append', `192.168.0.1,${same}`)).rejects.toMatchObject({
      code: 'SecurityIPListDuplicate',
    });
  }
  await expect(world.modify('Delete', '10.0.0.0/9')).rejects.toMatchObject({
    code: 'InvalidSecurityIPListNotFound',
    message: expect.stringContaining(
      'does not have "10.0.0.0/9". It has: 10.0.0.0/8,::1',
    ) as string,
  });
  await world.modify('Delete', '10.255.0.0/8');
  expect(world.groups()).toEqual(['default: ::1']);
});

test('at most 1000 addresses are in all groups together, at creation too', async () => {
  const many = (count: number, second: number) =>
    Array.from(
      { length: count },
      (_, i) => `10.${String(second)}.${String(i >> 8)}.${String(i & 255)}`,
    ).join(',');
  await using world = await worldWithWhitelist(many(999, 0));
  await world.modify('Append', '192.168.0.1', 'office');
  await expect(world.modify('Append', '192.168.0.2', 'office')).rejects.toMatchObject({
    code: 'SecurityIPListQuotaExceeded',
    details: { id: 'r-1', count: '1001', limit: '1000' },
  });
  await expect(
    world.create({ whitelist: whitelistOf(parseSecurityIps(many(1001, 1))) }),
  ).rejects.toMatchObject({ code: 'SecurityIPListQuotaExceeded' });
  expect(world.controlPlane.world.instances.size).toBe(1);
});

test.each(['', ' , ', '10.0.0.1,', 'all', '10.0.0.0/0', 'fd00::/0', '10.0.0.1 10.0.0.2'])(
  '"%s" is no whitelist',
  (text) => {
    expect(() => parseSecurityIps(text)).toThrow(/is not possible in a whitelist: /);
  },
);

test('the same address twice is one address, and a prefix of nothing has to be meant', () => {
  expect(parseSecurityIps('10.0.0.1, 10.0.0.1/32 ,::1')).toEqual(['10.0.0.1', '::1']);
  expect(parseSecurityIps('0.0.0.0/0,::/0')).toEqual(['0.0.0.0/0', '::/0']);
  expect(() => parseSecurityIps('10.0.0.0/0')).toThrow('write 0.0.0.0/0 if that is meant');
});

test.each(['Office', 'o', '1st', 'of-fice', 'office_', 'o'.repeat(33), ''])(
  'a group may not be called "%s"',
  async (group) => {
    await using world = await worldWithWhitelist('10.0.0.1');
    await expect(world.modify('Cover', '10.0.0.1', group)).rejects.toMatchObject({
      code: 'InvalidGroupNameFormat',
    });
  },
);

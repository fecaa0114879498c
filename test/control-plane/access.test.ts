/** What clients may do is the narrowest of what the state, the vendor's measures, an operation and the customer's lock let through. */
import { describe, expect, test } from 'vitest';
import { accessOf } from '../../src/control-plane/core/access.js';
import { WIRE_PROFILES, type WireProfileName } from '../../src/control-plane/core/wire-profiles.js';
import { lockWrites, unlockWrites } from '../../src/control-plane/core/write-lock.js';
import type { Instance } from '../../src/control-plane/core/world.js';
import { FakeWorld, START } from '../support/fake-world.js';
import { instanceOf } from '../support/instance.js';

const SUSPENDED: Partial<Instance> = {
  suspensions: [
    {
      causeId: 'v-1',
      clause: '3.1.3.12',
      reason: 'spam',
      since: START,
      liftedBy: 'violation lift v-1',
    },
  ],
};
const LOCKED: Partial<Instance> = { writeLock: { reason: 'a migration', since: START } };
const MAINTAINED: Partial<Instance> = {
  operation: { kind: 'maintenance', since: START, writesRefused: true },
};
const DISABLED: Partial<Instance> = { terms: 'cn-site', state: 'frozen' };

describe.each(Object.keys(WIRE_PROFILES) as WireProfileName[])(
  'in the words of %s',
  (wireProfile) => {
    const words = WIRE_PROFILES[wireProfile];
    const of = (...changes: Partial<Instance>[]) =>
      accessOf(instanceOf(changes.reduce((whole, one) => ({ ...whole, ...one }), { wireProfile })));

    test.each([
      ['nothing objects', [], null, null],
      ['frozen under tos', [{ state: 'frozen' as const }], null, words.frozenWrite],
      ['disabled under cn-site', [DISABLED], words.frozenRead, words.frozenWrite],
      ['locked by its customer', [LOCKED], null, words.writeLocked],
      ['in an operation', [MAINTAINED], null, words.writeLocked],
      ['suspended by the vendor', [SUSPENDED], words.suspended, words.suspended],
      ['frozen and locked', [{ state: 'frozen' as const }, LOCKED], null, words.frozenWrite],
      ['disabled and locked', [DISABLED, LOCKED], words.frozenRead, words.frozenWrite],
      [
        'suspended, frozen and locked',
        [SUSPENDED, DISABLED, LOCKED],
        words.suspended,
        words.suspended,
      ],
    ])('%s', (_, changes, reads, writes) => {
      expect(of(...changes)).toEqual({ reads, writes });
    });
  },
);

describe("a customer's lock", () => {
  const lock = (world: FakeWorld, reason = 'a migration') =>
    world.controlPlane.changeInstance('r-1', (draft) => lockWrites(draft, 'r-1', reason));
  const unlock = (world: FakeWorld) =>
    world.controlPlane.changeInstance('r-1', (draft) => unlockWrites(draft, 'r-1'));
  const writes = (world: FakeWorld) => world.dataPlane.endpoints.get('r-1')?.access.writes;

  test('refuses writes at the proxy and in Redis, and lets reads pass, across a restart', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await lock(world);
    for (let life = 0; life < 2; life += 1) {
      expect(world.dataPlane.endpoints.get('r-1')?.access).toEqual({
        reads: null,
        writes: "READONLY You can't write against a read only instance",
      });
      expect(world.engine.backends.get('r-1')?.writesRefused).toBe(true);
      await world.restart();
    }
    await unlock(world);
    expect(writes(world)).toBeNull();
    expect(world.engine.backends.get('r-1')?.writesRefused).toBe(false);
  });

  test('taken off while frozen leaves it frozen; put on while frozen, it is there after the thaw', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await lock(world);
    await world.advance('3d');
    expect(writes(world)).toMatch(/^NOWRITE/);
    await unlock(world);
    expect(writes(world)).toMatch(/^NOWRITE/);
    await lock(world);
    await world.topUp('100');
    expect(writes(world)).toMatch(/^READONLY/);
  });

  test('is told with its reason, may be put on and taken off again and again, and changes no charge', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    const before = world.events().length;
    await lock(world);
    await world.advance('1h');
    await lock(world, 'a longer migration');
    await unlock(world);
    await unlock(world);
    expect(world.timeline(before)).toMatchInlineSnapshot(`
      "
      01-01 00:00                -        r-1 takes no writes any more: "a migration"
      01-01 01:00                2.2.2    charged 0.21 CNY for one hour, balance 99.79
      01-01 01:00                -        r-1 takes no writes any more: "a longer migration"
      01-01 01:00                -        r-1 is not locked by its customer any more
      "
    `);
  });

  test('is refused where nobody is served, saying where it is possible', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.delete('r-1');
    await expect(lock(world)).rejects.toThrow(
      'LockDBInstanceWrite is not possible while instance "r-1" is released: only while it is active or overdue or frozen',
    );
  });
});

/** What is released is kept for a while, and can be made into a new instance: never is there neither of the two. */
import { describe, expect, test } from 'vitest';
import { requestRebuild, type Rebuilt } from '../../src/control-plane/core/recycle-bin.js';
import { whitelistOf } from '../../src/control-plane/core/whitelist.js';
import { until } from '../support/raw-client.js';
import { FakeWorld } from '../support/fake-world.js';

const PLAIN: Rebuilt = {
  ...{ name: '', port: null, password: null, passwordFree: true, parameters: {} },
  whitelist: whitelistOf(['127.0.0.0/8']),
};

function rebuild(world: FakeWorld, wanted: Partial<Rebuilt> = {}): Promise<string> {
  return world.controlPlane.decide((draft) =>
    requestRebuild(draft, 'r-1', { ...PLAIN, ...wanted }),
  );
}

async function withReleased(): Promise<FakeWorld> {
  const world = await FakeWorld.open({ balance: '100' });
  await world.create({ instanceClass: 'redis.master.mid.default', parameters: { timeout: '60' } });
  await world.delete('r-1');
  return world;
}

describe('a rebuild', () => {
  test('makes a new instance with the data of the released one, which ends', async () => {
    await using world = await withReleased();
    const before = world.events().length;
    world.journal.length = 0;
    expect(await rebuild(world)).toBe('r-2');
    expect(world.states()).toBe('r-1 deleted, r-2 active');
    expect(world.engine.dataOf('r-2')).toBe('r-1');
    expect(world.timeline(before)).toMatchInlineSnapshot(`
      "
      01-01 00:00                2.1      r-2 requested: redis.master.mid.default at 0.378 CNY an hour
      01-01 00:00                4.3      r-2 is made with the data of r-1
      01-01 00:00                7.1      r-2 creating -> active (created)
      01-01 00:00                4.3      r-1 released -> deleted (rebuilt)
      01-01 00:00                4.3      r-1 lives on as r-2, with all of its data
      "
    `);
    expect(world.journal).toMatchInlineSnapshot(`
      [
        "endpoint r-2 serves nobody",
        "engine adopt r-1 -> r-2",
        "engine up r-2, writes pass",
        "settle r-2",
        "endpoint r-2 serves nobody",
        "endpoint r-2 serves nobody",
        "engine adopt r-1 -> r-2",
        "engine up r-2, writes pass",
        "settle r-2",
        "endpoint r-2 reads pass, writes pass",
        "endpoint r-1 closed",
        "engine remove r-1",
      ]
    `);
  });

  test('keeps class, terms and port, and nothing else of what it was', async () => {
    await using world = await withReleased();
    const { port } = world.controlPlane.instance('r-1');
    await rebuild(world, { name: 'again' });
    expect(world.controlPlane.instance('r-2')).toMatchObject({
      ...{ name: 'again', port, instanceClass: 'redis.master.mid.default', terms: 'tos' },
      ...{ parameters: {}, chargeType: 'PostPaid', dataFrom: null },
    });
  });

  test('takes another port where another instance has the old one by now', async () => {
    await using world = await withReleased();
    const { port } = await world.create();
    expect(port).toBe(world.controlPlane.instance('r-1').port);
    await rebuild(world);
    expect(world.controlPlane.instance('r-3').port).not.toBe(port);
  });

  test('is of what is in the bin only, and of somebody who can pay', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await expect(rebuild(world)).rejects.toThrow(
      '"rebuilt" is not possible for instance "r-1" in state "active"',
    );
    await world.delete('r-1');
    await world.setBalance('0');
    await expect(rebuild(world)).rejects.toMatchObject({ code: 'InsufficientBalance' });
    expect(world.states()).toBe('r-1 released');
  });

  test('that fails leaves the released one as it was, with its data', async () => {
    await using world = await withReleased();
    for (const verb of ['adopt', 'up'] as const) {
      world.engine.failNext(verb, 'as told');
      await expect(rebuild(world)).rejects.toMatchObject({ code: 'EngineFailed' });
      expect(world.controlPlane.instance('r-1').state).toBe('released');
      expect(world.engine.dataOf('r-1')).toBe('r-1');
    }
    await rebuild(world);
    expect(world.states()).toBe('r-1 deleted, r-2 deleted, r-3 deleted, r-4 active');
    expect(world.engine.dataOf('r-4')).toBe('r-1');
  });

  test('whose giving back fails too is given back by whatever is asked for next', async () => {
    await using world = await withReleased();
    world.engine.failNext('up', 'as told');
    let adoptions = 0;
    world.onCall = (call) => {
      if (call.startsWith('engine adopt') && (adoptions += 1) === 2) throw new Error('it hangs');
    };
    await expect(rebuild(world)).rejects.toThrow('as told');
    expect(world.engine.dataOf('r-2')).toBe('r-1');
    world.onCall = () => undefined;
    await world.advance('1h');
    expect(world.engine.dataOf('r-1')).toBe('r-1');
    expect(await world.engine.list()).toEqual(['r-1']);
  });

  test('can be interrupted by a kill -9 at any call to the outside: one of the two has the data', async () => {
    for (let atCall = 0; ; atCall += 1) {
      await using world = await withReleased();
      const calls = await killedAt(world, atCall, () => rebuild(world));
      const { instances } = world.controlPlane.world;
      const states = [...instances.values()].map(({ state }) => state).join(' ');
      expect(['released', 'deleted active'], `at call ${String(atCall)}`).toContain(states);
      const owner = states === 'released' ? 'r-1' : 'r-2';
      expect(world.engine.dataOf(owner), `at call ${String(atCall)}`).toBe('r-1');
      expect(await world.engine.list()).toEqual([owner]);
      if (calls <= atCall) return;
    }
  });

  test('can be interrupted while it is given up, too', async () => {
    for (let atCall = 0; ; atCall += 1) {
      await using world = await withReleased();
      world.engine.failNext('up', 'as told');
      const calls = await killedAt(world, atCall, () => rebuild(world).catch(() => undefined));
      const owner = world.controlPlane.instance('r-1').state === 'released' ? 'r-1' : 'r-2';
      expect(world.engine.dataOf(owner), `at call ${String(atCall)}`).toBe('r-1');
      expect(await world.engine.list()).toEqual([owner]);
      if (calls <= atCall) return;
    }
  });
});

test('what is in the bin cannot be changed, and is not brought up', async () => {
  await using world = await withReleased();
  await expect(
    world.controlPlane.changeInstance('r-1', (draft) => {
      draft.put({ instance: { ...draft.instance('r-1'), name: 'still here' } });
    }),
  ).resolves.toMatchObject({ state: 'released' });
  expect([...world.engine.backends.keys()]).toEqual([]);
});

test('a reset empties the bin', async () => {
  await using world = await withReleased();
  await world.controlPlane.reset();
  expect(await world.engine.list()).toEqual([]);
});

/** Kills the simulator at the given call of `work`, and starts another one. Returns how many calls there were. */
async function killedAt(
  world: FakeWorld,
  atCall: number,
  work: () => Promise<unknown>,
): Promise<number> {
  let calls = 0;
  let isReached = false;
  world.onCall = () => {
    calls += 1;
    if (calls <= atCall) return;
    isReached = true;
    return new Promise(() => undefined); // never answered
  };
  let isDone = false;
  void work().finally(() => (isDone = true));
  await until('the call is made, or all is done', () => isReached || isDone);
  world.onCall = () => undefined;
  await world.crash();
  return calls;
}

/** THE DOOR: in which order endpoint and Redis are told, and that the outside agrees in the end whatever happens. */
import { describe, expect, test } from 'vitest';
import { narrowest } from '../../src/control-plane/core/access.js';
import { specOf } from '../support/backends.js';
import { FakeWorld } from '../support/fake-world.js';
import { until } from '../support/raw-client.js';

describe('the order of what is done outside', () => {
  test('creation: the port is taken, Redis is brought up, then clients are served', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    expect(journal(world)).toMatchInlineSnapshot(`
      "
      endpoint r-1 serves nobody
      engine up r-1, writes pass
      settle r-1
      endpoint r-1 serves nobody
      endpoint r-1 serves nobody
      engine up r-1, writes pass
      settle r-1
      endpoint r-1 reads pass, writes pass
      "
    `);
  });

  test('grace: nothing changes for anybody', async () => {
    await using world = await overdueWorld();
    expect(journal(world)).toBe('\n\n');
  });

  test('freeze: the endpoint refuses before Redis is told to', async () => {
    await using world = await frozenWorld();
    expect(journal(world)).toMatchInlineSnapshot(`
      "
      endpoint r-1 reads pass, writes refused
      engine up r-1, writes refused
      settle r-1
      endpoint r-1 reads pass, writes refused
      "
    `);
  });

  test('thaw: Redis accepts before the endpoint opens', async () => {
    await using world = await frozenWorld();
    world.journal.length = 0;
    await world.topUp('100');
    expect(journal(world)).toMatchInlineSnapshot(`
      "
      endpoint r-1 reads pass, writes refused
      engine up r-1, writes pass
      settle r-1
      endpoint r-1 reads pass, writes pass
      "
    `);
  });

  test('release: the endpoint closes, then Redis is ended in order, and its data stays', async () => {
    await using world = await frozenWorld();
    world.journal.length = 0;
    await world.delete('r-1');
    expect(journal(world)).toMatchInlineSnapshot(`
      "
      endpoint r-1 closed
      engine down r-1
      "
    `);
    expect(await world.engine.list()).toEqual(['r-1']);
  });

  test('restart with an instance in the recycle bin: nothing is started for it', async () => {
    await using world = await frozenWorld();
    await world.delete('r-1');
    world.journal.length = 0;
    await world.restart();
    expect(journal(world)).toMatchInlineSnapshot(`
      "
      endpoint r-1 closed
      engine down r-1
      "
    `);
    expect([world.engine.backends.size, world.dataPlane.endpoints.size]).toEqual([0, 0]);
    expect(await world.engine.list()).toEqual(['r-1']);
  });

  test('deletion: the endpoint closes before the data goes', async () => {
    await using world = await frozenWorld();
    world.journal.length = 0;
    await world.destroy('r-1');
    expect(journal(world)).toMatchInlineSnapshot(`
      "
      endpoint r-1 closed
      engine remove r-1
      "
    `);
  });

  test('restart: ports first, then Redis as it was, then clients as before', async () => {
    await using world = await frozenWorld();
    const port = world.dataPlane.endpoints.get('r-1')?.port;
    world.journal.length = 0;
    await world.restart();
    expect(journal(world)).toMatchInlineSnapshot(`
      "
      endpoint r-1 serves nobody
      engine up r-1, writes refused
      settle r-1
      endpoint r-1 reads pass, writes refused
      "
    `);
    expect(world.dataPlane.endpoints.get('r-1')?.port).toBe(port);
  });

  test('nothing to change: nothing is done', async () => {
    await using world = await frozenWorld();
    world.journal.length = 0;
    await world.advance('1d');
    await world.topUp('0.01');
    await world.openAccount('other', '5');
    expect(journal(world)).toBe('\n\n');
    await world.delete('r-1');
    world.journal.length = 0;
    await world.advance('1d');
    expect(journal(world)).toBe('\n\n');
  });
});

test('an advance that froze an instance returns only when Redis answers what it had before are on their way', async () => {
  await using world = await overdueWorld();
  let letGo: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    world.onCall = (call) => {
      if (call !== 'settle r-1') return;
      resolve();
      return new Promise<void>((go) => (letGo = go));
    };
  });
  let returned = false;
  const advance = world.advance('24h').then(() => (returned = true));
  await reached;
  await until('everything that could go on went on', () => true);
  expect(returned).toBe(false);
  letGo();
  await advance;
});

test('clients are told the words of their wire profile', async () => {
  await using world = await FakeWorld.open({ balance: '1' });
  const profiles = ['apsaradb', 'apsaradb-2018', 'redis'] as const;
  for (const wireProfile of profiles) await world.create({ wireProfile });
  await world.advance('5d');
  const words = [...world.dataPlane.endpoints.values()].map(({ access, backendRefusal }) => {
    expect(backendRefusal).toBe(access.writes);
    return `reads: ${access.reads ?? 'pass'}, writes: ${access.writes ?? 'pass'}`;
  });
  expect(words).toMatchInlineSnapshot(`
    [
      "reads: pass, writes: NOWRITE You can't write against a non-write redis",
      "reads: pass, writes: DISABLE You can't write or read against a disable instance",
      "reads: pass, writes: READONLY You can't write against a read only replica.",
    ]
  `);
});

test('where two voices refuse, clients are told the words of the first', () => {
  const first = { reads: null, writes: 'FIRST' };
  const second = { reads: 'SECOND', writes: 'SECOND' };
  expect(narrowest(first, second)).toEqual({ reads: 'SECOND', writes: 'FIRST' });
  expect(narrowest(first, { reads: null, writes: null })).toEqual(first);
});

describe('what fails half way', () => {
  const calls = [
    'endpoint r-1 reads pass, writes refused',
    'engine up r-1, writes refused',
    'settle r-1',
  ];
  test.each(calls)('a freeze that fails at "%s" is completed by the next advance', async (call) => {
    await using world = await overdueWorld();
    failOnce(world, call);
    await expect(world.advance('24h')).rejects.toThrow(`no ${call}`);
    await world.advance('0s');
    expectFrozen(world);
  });

  test.each(calls)(
    'a freeze that failed at "%s" and is off again opens nothing before Redis has followed',
    async (call) => {
      await using world = await FakeWorld.open();
      const active = await world.create();
      failOnce(world, call);
      await expect(world.reconciler.reconcile({ ...active, state: 'frozen' })).rejects.toThrow(
        call,
      );
      world.journal.length = 0;
      await world.reconciler.reconcile(active);
      expect(world.journal.slice(1)).toEqual([
        'engine up r-1, writes pass',
        'settle r-1',
        'endpoint r-1 reads pass, writes pass',
      ]);
      // Where the door was closed already, it stays closed until then.
      const closed = call.startsWith('endpoint') ? 'pass' : 'refused';
      expect(world.journal[0]).toBe(`endpoint r-1 reads pass, writes ${closed}`);
    },
  );

  test('a deletion that fails is completed by whatever is asked for next', async () => {
    await using world = await frozenWorld();
    world.engine.failNext('remove', 'it hangs');
    await expect(world.destroy('r-1')).rejects.toMatchObject({ code: 'NotInEffectYet' });
    expect(world.states()).toBe('r-1 deleted');
    await world.advance('0s');
    expect(await world.engine.list()).toEqual([]);
  });

  test('a thaw that fails for one instance holds up no other', async () => {
    await using world = await FakeWorld.open({ balance: '1' });
    await world.create();
    await world.create();
    await world.advance('5d');
    failOnce(world, 'engine up r-1, writes pass');
    await expect(world.topUp('100')).rejects.toThrow('no engine up r-1');
    expect(world.dataPlane.endpoints.get('r-2')?.access.writes).toBeNull();
    await world.advance('0s');
    expect(world.dataPlane.endpoints.get('r-1')?.access.writes).toBeNull();
  });
});

test('what belongs to no living instance is swept away at the start', async () => {
  await using world = await FakeWorld.open();
  await world.create();
  await world.engine.up(specOf('r-77'));
  await world.restart();
  expect(await world.engine.list()).toEqual(['r-1']);
});

describe('a backend that goes away by itself', () => {
  test('is brought up again as its state wants it, and both are told', async () => {
    await using world = await frozenWorld();
    const told = world.events().length;
    world.engine.lose('r-1', 'killed by the system');
    await until('it is back', () => world.events().at(-1)?.type === 'backend-restored');
    expect(world.timeline(told)).toMatchInlineSnapshot(`
      "
      01-02 02:00                3.2.9    r-1: killed by the system
      01-02 02:00                3.2.9    r-1: its Redis answers again
      "
    `);
    expectFrozen(world);
  });

  test('and does not come back at once is tried again, and told of once', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    const told = world.events().length;
    world.engine.failNext('up', 'no memory');
    world.engine.lose('r-1', 'killed by the system');
    await until('it was tried in vain', () => world.logged.join().includes('no memory'));
    await until('it is back', () => world.events().at(-1)?.type === 'backend-restored');
    expect(typesOf(world, told)).toEqual(['backend-lost', 'backend-restored']);
    expect(world.engine.backends.has('r-1')).toBe(true);
  });

  test('and is brought up by an advance before it is tried again is told of once, too', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    const told = world.events().length;
    world.engine.failNext('up', 'no memory');
    world.engine.lose('r-1', 'killed by the system');
    await until('it was tried in vain', () => world.logged.join().includes('no memory'));
    await world.advance('0s');
    const upsOf = () => world.engine.calls.filter((call) => call.startsWith('up'));
    const ups = upsOf().length;
    const triedAgainAfterMs = 2_100;
    const began = performance.now();
    await until(
      'it would have been tried again',
      () => performance.now() - began > triedAgainAfterMs,
    );
    expect(typesOf(world, told)).toEqual(['backend-lost', 'backend-restored']);
    expect(upsOf()).toHaveLength(ups);
  });

  test('and is deleted meanwhile is not brought up again', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.engine.lose('r-1');
    await world.delete('r-1');
    await until('that was noticed', () => world.logged.length > 0);
    await world.advance('0s');
    expect(world.engine.backends.size).toBe(0);
    expect(typesOf(world)).not.toContain('backend-restored');
  });

  test('and cannot be brought up when all is closed is left alone', async () => {
    const world = await FakeWorld.open();
    await world.create();
    world.onCall = (call) => {
      if (call.startsWith('engine up')) throw new Error('never again');
    };
    world.engine.lose('r-1');
    await until('it was tried in vain', () => world.logged.join().includes('never again'));
    await world.stop();
    const logged = world.logged.length;
    world.engine.lose('r-1');
    expect(world.logged.slice(logged)).toEqual([]);
  });
});

/** An instance that is overdue; the journal begins there. */
async function overdueWorld(): Promise<FakeWorld> {
  const world = await FakeWorld.open({ balance: '0.21' });
  await world.create();
  await world.advance('119m');
  world.journal.length = 0;
  await world.advance('1m');
  return world;
}

/** An instance that is frozen; the journal begins with the freeze. */
async function frozenWorld(): Promise<FakeWorld> {
  const world = await overdueWorld();
  await world.advance('24h');
  return world;
}

function failOnce(world: FakeWorld, call: string): void {
  world.onCall = (made) => {
    if (made !== call) return;
    world.onCall = () => undefined;
    throw new Error(`no ${call}`);
  };
}

function expectFrozen(world: FakeWorld): void {
  expect(world.states()).toBe('r-1 frozen');
  expect(world.engine.backends.get('r-1')?.writesRefused).toBe(true);
  const endpoint = world.dataPlane.endpoints.get('r-1');
  expect(endpoint?.access).toEqual({
    reads: null,
    writes: expect.stringMatching(/^NOWRITE/) as unknown,
  });
  expect(endpoint?.backend).not.toBeNull();
}

function journal(world: FakeWorld): string {
  return `\n${world.journal.join('\n')}\n`;
}

function typesOf(world: FakeWorld, after = 0): string[] {
  return world.events(after).map(({ type }) => type);
}

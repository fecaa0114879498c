/** Backups as they are decided: when they are taken, how long they are kept, what goes wrong, and how they come back. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { cancelFailure, planFailure } from '../../src/control-plane/core/backup-failures.js';
import {
  backupDaysOf,
  backupHourOf,
  changeBackupPolicy,
  nextBackupAt,
  type BackupPolicy,
} from '../../src/control-plane/core/backup-policy.js';
import type { Backup } from '../../src/control-plane/core/backup-record.js';
import { deleteBackup, MANUAL_BACKUPS_A_DAY } from '../../src/control-plane/core/backups.js';
import { SimulatorError } from '../../src/control-plane/core/errors.js';
import { changeClass } from '../../src/control-plane/core/order-kinds.js';
import { DAY_MS, formatInstant, HOUR_MS } from '../../src/control-plane/core/duration.js';
import {
  backupBefore,
  requestFromBackup,
  type Recoverable,
} from '../../src/control-plane/core/restoring.js';
import { FakeWorld, ORDER, START, timelineOf } from '../support/fake-world.js';
import { instanceOf } from '../support/instance.js';

const DAILY = { dailyBackups: null } as const;

describe('the policy', () => {
  test('has a window of an hour on the hour, and says so where it is another one', () => {
    expect(backupHourOf('23:00Z-00:00Z')).toBe(23);
    for (const text of ['02:00Z-04:00Z', '02:30Z-03:30Z', '24:00Z-01:00Z', '2:00Z-3:00Z', '']) {
      expect(() => backupHourOf(text)).toThrow(/on the hour, such as 02:00Z-03:00Z/);
    }
  });

  test('has days of the week, in their order', () => {
    expect(backupDaysOf('Friday, Monday')).toEqual(['Monday', 'Friday']);
    expect(() => backupDaysOf('Monday,Someday')).toThrow(/no day "Someday"/);
    expect(() => backupDaysOf('')).toThrow(/Monday, Tuesday/);
  });

  // 2026-01-01 is a Thursday.
  test.each([
    ['of every day', {}, 'Thursday', '2026-01-01T02:00:00Z'],
    ['of one day of the week', { days: ['Monday'] }, 'Monday', '2026-01-05T02:00:00Z'],
    ['before midnight', { hour: 23 }, 'Thursday', '2026-01-01T23:00:00Z'],
  ])('%s says when the next backup begins', (_, changed, day, next) => {
    expect(formatInstant(nextAt(changed) ?? 0)).toBe(next);
    const weekday = new Intl.DateTimeFormat('en', { weekday: 'long', timeZone: 'UTC' });
    expect(weekday.format(nextAt(changed) ?? 0)).toBe(day);
  });

  test('is of no use where its state, its class or its customer does not want backups', () => {
    expect(nextAt({ enabled: false })).toBeNull();
    const single = { instanceClass: 'redis.basic.small.default' };
    expect(nextAt({}, single)).toBeNull();
    expect(nextAt({ enabled: true }, single)).not.toBeNull();
    expect(nextAt({}, { state: 'released', terms: 'cn-site' })).toBeNull();
    expect(nextAt({}, { state: 'frozen', terms: 'cn-site' })).toBeNull();
    expect(nextAt({}, { state: 'frozen' })).not.toBeNull();
    expect(nextAt({}, { createdAt: null })).toBeNull();
  });

  test('that is changed counts from the next window on', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    await world.advance('2h30m');
    await changePolicy(world, { hour: 4, retentionDays: 30 });
    await world.advance('1d');
    await changePolicy(world, { hour: 2, days: ['Sunday'] });
    await world.advance('7d');
    // The first one was kept for seven days, by the policy that it was taken under.
    expect(shown(world)).toEqual([
      'bk-2 success 2026-01-01T04:00:00Z in bk-1',
      'bk-3 success 2026-01-04T02:00:00Z in bk-1',
    ]);
    expect(backups(world).map(({ retentionDays }) => retentionDays)).toEqual([30, 30]);
  });
});

describe('daily backups', () => {
  test('begin with their window, and are kept for seven days; data that has not changed is kept once', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    world.write('r-1', 'colour', 'blue');
    await world.advance('1d');
    world.write('r-1', 'colour', 'red');
    await world.advance('9d');
    expect(backupStory(world)).toBe(`
01-01 02:00                3.1.11   daily backup of r-1: 1 key
01-02 02:00                3.1.11   daily backup of r-1: 1 key
01-03 02:00                3.1.11   daily backup of r-1: its data has not changed, 1 key
01-04 02:00                3.1.11   daily backup of r-1: its data has not changed, 1 key
01-05 02:00                3.1.11   daily backup of r-1: its data has not changed, 1 key
01-06 02:00                3.1.11   daily backup of r-1: its data has not changed, 1 key
01-07 02:00                3.1.11   daily backup of r-1: its data has not changed, 1 key
01-08 02:00                3.1.11   daily backup of r-1: its data has not changed, 1 key
01-09 02:00                3.1.11   daily backup of r-1: its data has not changed, 1 key
01-10 02:00                3.1.11   daily backup of r-1: its data has not changed, 1 key
`);
    expect(shown(world)).toEqual([
      'bk-4 success 2026-01-04T02:00:00Z in bk-2',
      'bk-5 success 2026-01-05T02:00:00Z in bk-2',
      'bk-6 success 2026-01-06T02:00:00Z in bk-2',
      'bk-7 success 2026-01-07T02:00:00Z in bk-2',
      'bk-8 success 2026-01-08T02:00:00Z in bk-2',
      'bk-9 success 2026-01-09T02:00:00Z in bk-2',
      'bk-10 success 2026-01-10T02:00:00Z in bk-2',
    ]);
    expect(await world.backups.list()).toEqual(['bk-2']);
    expect(world.journal.filter((call) => call.startsWith('engine dump'))).toHaveLength(2);
  });

  test('of a hundred instances for a year are a hundred files and a hundred dumps, where nobody writes', async () => {
    await using world = await FakeWorld.open({ balance: '1000000' });
    for (let at = 0; at < 100; at += 1) await world.create(DAILY);
    await world.advance('365d');
    expect(world.events().filter(({ type }) => type === 'backup-finished')).toHaveLength(36_500);
    expect(await world.backups.list()).toHaveLength(100);
    const calls = (verb: string) => world.engine.calls.filter((call) => call.startsWith(verb));
    expect(calls('dump ')).toHaveLength(100);
    expect(calls('dataMark ')).toHaveLength(100); // with each dump, and never again
    expect(backups(world)).toHaveLength(700);
  }, 180_000);

  test('of an instance that is read only for arrears go on, and end with it: files too', async () => {
    await using world = await FakeWorld.open({ balance: '1' });
    await world.create(DAILY);
    await world.advance('5d');
    expect(world.states()).toBe('r-1 frozen');
    expect(backups(world)).toHaveLength(5);
    expect(await world.backups.list()).toHaveLength(1);
    await world.advance('10d');
    expect(world.states()).toBe('r-1 deleted');
    expect(backups(world)).toEqual([]);
    expect(await world.backups.list()).toEqual([]);
  });

  test('are not taken while the terms say that a frozen instance has none, and go on afterwards', async () => {
    await using world = await FakeWorld.open({ balance: '1' });
    await world.create({ ...DAILY, terms: 'cn-site' });
    await world.advance('4d');
    expect(world.states()).toBe('r-1 frozen');
    expect(backups(world)).toHaveLength(2);
    await world.topUp('100');
    await world.advance('1d');
    expect(
      backups(world)
        .map(({ startedAt }) => formatInstant(startedAt))
        .at(-1),
    ).toBe('2026-01-05T02:00:00Z');
    expect(backups(world)).toHaveLength(3);
  });

  test('of released data are kept in the recycle bin, and make a new instance', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    world.write('r-1', 'colour', 'blue');
    await world.advance('1d');
    await world.delete('r-1');
    const id = await fromBackup(world, 'bk-1');
    expect(world.data(id)).toEqual({ colour: 'blue' });
    await world.destroy('r-1');
    expect(backups(world)).toEqual([]);
    expect(await world.backups.list()).toEqual([]);
  });

  test('are taken anew after whatever might have changed the data without a client: a restart of Redis, another class', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    await world.advance('2d');
    const asked = () => world.journal.filter((call) => /engine (dump|mark)/.test(call)).length;
    const before = asked();
    await world.controlPlane.decide((draft) =>
      changeClass(
        draft,
        { id: 'r-1', instanceClass: 'redis.master.mid.default', autoPay: true },
        0,
      ),
    );
    world.engine.values.set('r-1', new Map([['evicted', 'all but this']]));
    await world.advance('1d');
    expect(asked()).toBeGreaterThan(before);
    expect(backups(world).at(-1)).toMatchObject({ unchanged: false, file: { keys: 1 } });
  });

  test('are taken anew where the file that they would share was taken away or cut', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    world.write('r-1', 'colour', 'blue');
    await world.advance('2d');
    await world.backups.remove('bk-1');
    await world.advance('1d');
    expect(backups(world).map(({ unchanged }) => unchanged)).toEqual([false, true, false]);
    await world.controlPlane.backups.restore('r-1', 'bk-3', false);
    expect(world.data('r-1')).toEqual({ colour: 'blue' });
  });

  test('never pile up: a window that went by while there were none is missed', async () => {
    await using world = await FakeWorld.open();
    await world.create({ instanceClass: 'redis.basic.small.default', dailyBackups: null });
    await world.advance('3d');
    expect(backups(world)).toEqual([]);
    await world.controlPlane.decide((draft) =>
      changeClass(draft, { id: 'r-1', instanceClass: ORDER.instanceClass, autoPay: true }, 0),
    );
    expect(backups(world)).toEqual([]);
    await world.advance('1d');
    expect(shown(world)).toEqual(['bk-1 success 2026-01-04T02:00:00Z in bk-1']);
  });
});

describe('a backup that is asked for', () => {
  test('is there when it is answered, and kept as was asked', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    await world.controlPlane.backups.take('r-1', 30);
    await world.controlPlane.backups.take('r-1', -1);
    expect(shown(world)).toEqual([
      'bk-1 success 2026-01-01T00:00:00Z in bk-1',
      'bk-2 success 2026-01-01T00:00:00Z in bk-1',
      'bk-3 success 2026-01-01T00:00:00Z in bk-1',
    ]);
    await world.advance('7d');
    expect(shown(world)).toHaveLength(2);
    await world.topUp('10000');
    await world.advance('2000d');
    expect(shown(world)).toEqual(['bk-3 success 2026-01-01T00:00:00Z in bk-1']);
    await world.controlPlane.decide((draft) => deleteBackup(draft, 'bk-3'));
    expect(await world.backups.list()).toEqual([]);
  });

  test('is one of thirty a day at most', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    for (let n = backups(world).length; n < MANUAL_BACKUPS_A_DAY; n += 1) {
      await world.controlPlane.backups.take('r-1', null);
    }
    const more = () => world.controlPlane.backups.take('r-1', null);
    await expect(more()).rejects.toMatchObject({ code: 'BackupLimitExceeded' });
    await world.advance('1d');
    await expect(more()).resolves.toMatch(/^bk-/);
  });

  test('that is being taken keeps others out', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    let begun = (): void => undefined;
    const dumping = new Promise<void>((resolve) => (begun = resolve));
    let goOn = (): void => undefined;
    const put = world.backups.put.bind(world.backups);
    world.backups.put = async (fileId, rdb) => {
      begun();
      await new Promise<void>((resolve) => (goOn = resolve));
      return put(fileId, rdb);
    };
    const first = world.controlPlane.backups.take('r-1', null);
    await dumping;
    const second = world.controlPlane.backups.take('r-1', null);
    await expect(second).rejects.toMatchObject({ code: 'BackupJobExists' });
    const restore = world.controlPlane.backups.restore('r-1', 'bk-1', true);
    await expect(restore).rejects.toMatchObject({ code: 'BackupJobExists' });
    goOn();
    await expect(first).resolves.toBe('bk-1');
  });

  test('is not possible of what has no data any more', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.destroy('r-1');
    const taken = world.controlPlane.backups.take('r-1', null);
    await expect(taken).rejects.toMatchObject({ code: 'IncorrectDBInstanceState' });
    const unknown = world.controlPlane.backups.take('r-9', null);
    await expect(unknown).rejects.toMatchObject({ code: 'InstanceNotFound' });
  });

  test('can be deleted, and a daily one cannot', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    await world.advance('1d');
    const deleted = world.controlPlane.decide((draft) => deleteBackup(draft, 'bk-1'));
    await expect(deleted).rejects.toMatchObject({ code: 'BackupNotDeletable' });
  });
});

describe('what goes wrong', () => {
  test.each([
    ['fails', 'it was planned to fail'],
    ['incomplete', /ends|whole|incomplete/],
    ['checksum', /checksum/],
  ] as const)(
    'on purpose (%s) is told, nothing stops, and the next one is there',
    async (kind, why) => {
      await using world = await FakeWorld.open();
      await world.create(DAILY);
      world.write('r-1', 'colour', 'blue');
      await plan(world, { kind });
      await world.advance('2d');
      const [first, second] = backups(world);
      expect(first).toMatchObject({ state: 'failed', file: null });
      expect(first?.problem).toMatch(why);
      expect(second).toMatchObject({ state: 'success', unchanged: false });
      expect(await world.backups.list()).toEqual(['bk-2']);
      expect(backupStory(world)).toMatch(/3\.1\.11 {3}daily backup of r-1 failed: /);
      expect(world.ledger().map(({ kind: of }) => of)).not.toContain('claim');
    },
  );

  test('late begins later, with the data of then', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    await plan(world, { kind: 'late', lateMs: 2 * HOUR_MS });
    await world.advance('3h');
    world.write('r-1', 'colour', 'blue');
    await world.advance('1d');
    expect(backupStory(world)).toBe(`
01-01 00:00                3.1.11   bf-1: backups of r-1 will go wrong, the next one: a daily one begins later
01-01 02:00                3.1.11   daily backup of r-1 is late: it begins at 2026-01-01T04:00:00Z, 2h after its time
01-01 04:00                3.1.11   daily backup of r-1: 1 key
01-02 02:00                3.1.11   daily backup of r-1: its data has not changed, 1 key
`);
  });

  test('so many times, until somebody calls it off, or by a share that the seed gives', async () => {
    await using world = await FakeWorld.open({ balance: '10000' });
    await world.create(DAILY);
    const states = () =>
      backups(world)
        .map(({ state }) => state[0])
        .join('');
    await changePolicy(world, { retentionDays: 730 });
    await plan(world, { left: 2 });
    await world.advance('3d');
    expect(states()).toBe('ffs');
    const id = await plan(world, { left: null, rate: 1 });
    await world.advance('2d');
    await world.controlPlane.decide((draft) => cancelFailure(draft, id));
    await world.advance('1d');
    expect(states()).toBe('ffsffs');
    await plan(world, { left: null, rate: 0.5, seed: 7 });
    await world.advance('200d');
    const failed = states().slice(6).replaceAll('s', '').length;
    expect(failed).toBeGreaterThan(70);
    expect(failed).toBeLessThan(130);
    // The same seed, the same story.
    await using again = await FakeWorld.open({ balance: '10000' });
    await again.create(DAILY);
    await changePolicy(again, { retentionDays: 730 });
    await plan(again, { left: null, rate: 0.5, seed: 7 });
    await again.advance('200d');
    expect(
      backups(again)
        .map(({ state }) => state[0])
        .join(''),
    ).toBe(states().slice(6));
  });

  test('by itself is reported the same way: Redis gone, a disk that is full', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    world.engine.failNext('dump', 'it went away');
    await world.advance('1d');
    expect(backups(world).at(-1)).toMatchObject({ state: 'failed', problem: /it went away/ });
    const put = world.backups.put.bind(world.backups);
    world.backups.put = () => Promise.reject(new Error('no space left on device'));
    await world.advance('1d');
    world.backups.put = put;
    expect(backups(world).at(-1)).toMatchObject({ state: 'failed', problem: /no space left/ });
    const taken = world.controlPlane.backups.take('r-1', null);
    world.engine.failNext('dataMark', 'it does not answer');
    await expect(taken).rejects.toMatchObject({ code: 'BackupNotTaken' });
    await world.advance('1d');
    expect(backups(world).at(-1)).toMatchObject({ state: 'success' });
  });
});

test('a backup whose end could not be saved is not taken for ever: it ends with the next decision', async () => {
  await using world = await FakeWorld.open();
  await world.create();
  const put = world.backups.put.bind(world.backups);
  const commit = world.store.commit.bind(world.store);
  world.backups.put = async (fileId, rdb) => {
    const stored = await put(fileId, rdb);
    world.backups.put = put;
    world.store.commit = () => {
      world.store.commit = commit;
      throw new Error('database or disk is full');
    };
    return stored;
  };
  await world.controlPlane.backups.take('r-1', null).catch(() => undefined);
  await world.advance('1m');
  expect(shown(world)).toEqual(['bk-1 success 2026-01-01T00:00:00Z in bk-1']);
  await expect(world.controlPlane.backups.take('r-1', null)).resolves.toBe('bk-2');
});

describe('a restore', () => {
  test('of the same instance brings its data back, and keeps what there was', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    world.write('r-1', 'colour', 'red');
    world.write('r-1', 'new', 'too');
    const before = world.journal.length;
    await world.controlPlane.backups.restore('r-1', 'bk-1', true);
    expect(world.data('r-1')).toEqual({ colour: 'blue' });
    expect(world.journal.slice(before).map((call) => call.replace(/\d+ ms/, 'N ms'))).toEqual([
      'endpoint r-1 serves nobody',
      'engine up r-1, writes pass',
      'settle r-1',
      'endpoint r-1 serves nobody',
      'engine dump r-1',
      'engine load r-1, N ms later',
      'endpoint r-1 serves nobody',
      'engine up r-1, writes pass',
      'settle r-1',
      'endpoint r-1 reads pass, writes pass',
    ]);
    await world.controlPlane.backups.restore('r-1', 'bk-2', false);
    expect(world.data('r-1')).toEqual({ colour: 'red', new: 'too' });
    expect(shown(world)).toHaveLength(2);
    expect(backupStory(world)).toContain('r-1 has the data of bk-2: 2 keys');
  });

  test('goes by time, too: the newest good one of then', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    for (const day of ['first', 'second', 'third']) {
      world.write('r-1', 'day', day);
      await world.advance('1d');
    }
    const at = START + 2 * DAY_MS;
    const found = world.controlPlane.read((draft) => backupBefore(draft, 'r-1', at).id);
    expect(found).toBe('bk-2');
    const tooEarly = () => world.controlPlane.read((draft) => backupBefore(draft, 'r-1', START));
    expect(tooEarly).toThrow(/no good backup of 2026-01-01T00:00:00Z or before/);
    const id = await fromBackup(world, found);
    expect(world.data(id)).toEqual({ day: 'second' });
  });

  test('into a new instance needs a class as large, and recovers what is asked for', async () => {
    await using world = await FakeWorld.open();
    await world.create({ parameters: { 'maxmemory-policy': 'noeviction' } });
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    const plain = world.controlPlane.instance(await fromBackup(world, 'bk-1'));
    expect(plain.parameters).toEqual({});
    const like = world.controlPlane.instance(await fromBackup(world, 'bk-1', ['config']));
    expect(like.parameters).toEqual({ 'maxmemory-policy': 'noeviction' });
    expect(world.data(like.id)).toEqual({ colour: 'blue' });
    const small = fromBackup(world, 'bk-1', [], 'redis.master.micro.default');
    await expect(small).rejects.toMatchObject({ code: 'ClassTooSmallForBackup' });
    expect(world.controlPlane.world.instances.size).toBe(3);
  });

  test('of a file that is spoilt or gone is refused, and nothing was touched', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    world.write('r-1', 'colour', 'red');
    world.backups.spoil('bk-1');
    const before = world.journal.length;
    const restore = () => world.controlPlane.backups.restore('r-1', 'bk-1', true);
    await expect(restore()).rejects.toMatchObject({ code: 'BackupCorrupt' });
    await world.backups.remove('bk-1');
    await expect(restore()).rejects.toMatchObject({ code: 'BackupMissing' });
    expect(world.journal.slice(before)).toEqual([]);
    expect(world.data('r-1')).toEqual({ colour: 'red' });
    const failed = world.controlPlane.backups.restore('r-1', 'bk-9', true);
    await expect(failed).rejects.toMatchObject({ code: 'RecordNotFound' });
  });

  test('of a newer version than Redis reads is refused, and nothing was touched', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.controlPlane.backups.take('r-1', null);
    world.engine.rdbVersion = () => Promise.resolve(9);
    const before = world.journal.length;
    const restore = world.controlPlane.backups.restore('r-1', 'bk-1', true);
    await expect(restore).rejects.toMatchObject({ code: 'BackupTooNew' });
    expect(world.journal.slice(before)).toEqual([]);
    await expect(fromBackup(world, 'bk-1')).rejects.toMatchObject({ code: 'BackupTooNew' });
    expect(world.states()).toBe('r-1 active, r-2 deleted');
  });

  test('does not begin where what there is cannot be backed up before', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    world.write('r-1', 'colour', 'red');
    await plan(world, { kind: 'incomplete' });
    const restore = world.controlPlane.backups.restore('r-1', 'bk-1', true);
    await expect(restore).rejects.toMatchObject({ code: 'BackupNotTaken' });
    expect(world.data('r-1')).toEqual({ colour: 'red' });
    expect(world.journal.at(-1)).toBe('endpoint r-1 reads pass, writes pass');
    expect(world.controlPlane.instance('r-1').operation).toBeNull();
  });

  test('that Redis does not take is tried again, and nobody is served by half of it', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    world.write('r-1', 'colour', 'red');
    world.engine.failNext('load', 'it is full');
    const restore = world.controlPlane.backups.restore('r-1', 'bk-1', true);
    await expect(restore).rejects.toMatchObject({ code: 'NotInEffectYet' });
    expect(world.dataPlane.endpoints.get('r-1')?.backend).toBeNull();
    expect(world.dataPlane.endpoints.get('r-1')?.words.notServed).toMatch(/^LOADING /);
    await world.advance('1m');
    expect(world.data('r-1')).toEqual({ colour: 'blue' });
    expect(world.dataPlane.endpoints.get('r-1')?.backend).not.toBeNull();
  });

  test('that Redis refuses for good gives back what there was, and says so to whoever asked for it', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    world.write('r-1', 'colour', 'red');
    loadsAre(world, 'refused');
    const restore = world.controlPlane.backups.restore('r-1', 'bk-1', true);
    await expect(restore).rejects.toMatchObject({
      code: 'BackupNotLoadable',
      message: /does not take the data: there are keys in database 40.*Restore another backup/,
    });
    expect(world.data('r-1')).toEqual({ colour: 'red' });
    expect(world.controlPlane.instance('r-1').operation).toBeNull();
    expect(world.dataPlane.endpoints.get('r-1')?.backend).not.toBeNull();
    expect(backupStory(world)).toMatch(/r-1 cannot have the data of bk-1 .*comes back from bk-2/);
  });

  test('that is given up for another one can still fall back on what there was before both', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    world.write('r-1', 'colour', 'red');
    loadsAre(world, 'away', 'away', 'refused');
    const first = world.controlPlane.backups.restore('r-1', 'bk-1', true);
    await expect(first).rejects.toMatchObject({ code: 'NotInEffectYet' });
    // What was begun is tried again before.
    const second = world.controlPlane.backups.restore('r-1', 'bk-1', true);
    await expect(second).rejects.toMatchObject({ code: 'BackupNotLoadable' });
    expect(world.data('r-1')).toEqual({ colour: 'red' });
  });

  test('another one, while what there was cannot come back yet, can still fall back on that', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    await world.controlPlane.backups.take('r-1', null);
    world.write('r-1', 'colour', 'red');
    loadsAre(world, 'refused', 'away', 'away', 'refused');
    const first = world.controlPlane.backups.restore('r-1', 'bk-1', true);
    await expect(first).rejects.toMatchObject({ code: 'NotInEffectYet' });
    // What there was is tried again before.
    const second = world.controlPlane.backups.restore('r-1', 'bk-2', true);
    await expect(second).rejects.toMatchObject({ code: 'BackupNotLoadable' });
    expect(world.data('r-1')).toEqual({ colour: 'red' });
    expect(backupStory(world)).toMatch(/r-1 cannot have the data of bk-2 .*comes back from bk-3/);
    expect(world.dataPlane.endpoints.get('r-1')?.backend).not.toBeNull();
  });

  test('of what there was, where Redis refuses that too, is told of once and serves nobody', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    loadsAre(world, 'refused', 'refused', 'refused');
    const restore = world.controlPlane.backups.restore('r-1', 'bk-1', true);
    await expect(restore).rejects.toMatchObject({ code: 'NotInEffectYet' });
    expect(world.dataPlane.endpoints.get('r-1')?.backend).toBeNull();
    await expect(world.advance('1m')).rejects.toMatchObject({ code: 'AdvanceFailed' });
    await world.advance('1m'); // now Redis takes it
    expect(backupStory(world).match(/comes back from/g)).toHaveLength(1);
    expect(world.dataPlane.endpoints.get('r-1')?.backend).not.toBeNull();
  });

  test('is completed after a kill at any of its steps, and nobody was served by half of it', async () => {
    for (let calls = 1; ; calls += 1) {
      await using world = await FakeWorld.open();
      await world.create();
      world.write('r-1', 'colour', 'blue');
      await world.controlPlane.backups.take('r-1', null);
      world.write('r-1', 'colour', 'red');
      let left = calls;
      let killed = (): void => undefined;
      const death = new Promise<'killed'>((resolve) => (killed = () => resolve('killed')));
      world.onCall = () => {
        left -= 1;
        if (left > 0) return undefined;
        killed();
        return new Promise(() => undefined); // nothing more is heard of it
      };
      const restored = world.controlPlane.backups.restore('r-1', 'bk-1', true);
      const end = await Promise.race([restored.then(() => 'done' as const), death]);
      world.onCall = () => undefined;
      if (end === 'done') {
        expect(calls).toBeGreaterThan(8);
        break;
      }
      await world.crash();
      const { operation } = world.controlPlane.instance('r-1');
      const data = world.data('r-1');
      expect(operation).toBeNull();
      expect([{ colour: 'blue' }, { colour: 'red' }]).toContainEqual(data);
      expect(world.dataPlane.endpoints.get('r-1')?.backend).not.toBeNull();
      const isRestored = backupStory(world).includes('r-1 has the data of bk-1');
      expect(data.colour).toBe(isRestored ? 'blue' : 'red');
    }
  });
});

describe('a kill in the middle of a backup', () => {
  test('leaves no file that nobody knows of, and a record that says so', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    const put = world.backups.put.bind(world.backups);
    const stuck = new Promise<void>((resolve) => {
      world.backups.put = async (fileId, rdb) => {
        await put(fileId, rdb);
        resolve();
        return new Promise(() => undefined);
      };
    });
    void world.controlPlane.backups.take('r-1', null).catch(() => undefined);
    await stuck;
    expect(await world.backups.list()).toEqual(['bk-1']);
    world.backups.put = put;
    await world.crash();
    expect(backups(world)).toMatchObject([{ state: 'failed', problem: /simulator ended/ }]);
    expect(await world.backups.list()).toEqual([]);
    await expect(world.controlPlane.backups.take('r-1', null)).resolves.toBe('bk-2');
  });
});

describe('files', () => {
  test('of somebody else come in, and go out again', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    world.write('r-1', 'colour', 'blue');
    await world.controlPlane.backups.take('r-1', null);
    const bytes = await buffer(await world.controlPlane.backups.export('bk-1'));
    const id = await world.controlPlane.backups.import('r-1', Readable.from([bytes]), null);
    expect(backups(world).at(-1)).toMatchObject({ id, purpose: 'imported', file: { keys: 1 } });
    world.write('r-1', 'colour', 'red');
    await world.controlPlane.backups.restore('r-1', id, false);
    expect(world.data('r-1')).toEqual({ colour: 'blue' });
    const nonsense = world.controlPlane.backups.import('r-1', Readable.from(['nonsense']), null);
    await expect(nonsense).rejects.toMatchObject({ code: 'BackupFailed' });
    const unknown = world.controlPlane.backups.import('r-9', Readable.from([bytes]), null);
    await expect(unknown).rejects.toMatchObject({ code: 'InstanceNotFound' });
    expect(await world.backups.list()).toHaveLength(2);
  });

  test('that come in while the world is turned back are there when they have their record', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.controlPlane.backups.take('r-1', null);
    const bytes = await buffer(await world.controlPlane.backups.export('bk-1'));
    const { id } = await world.controlPlane.past.take();
    const put = world.backups.put.bind(world.backups);
    let wentBack: Promise<void> | undefined;
    world.backups.put = async (fileId, rdb) => {
      const stored = await put(fileId, rdb);
      wentBack = world.controlPlane.past.rollBack(id);
      await wentBack;
      return stored;
    };
    const came = await world.controlPlane.backups.import('r-1', Readable.from([bytes]), null);
    await world.advance('1h');
    expect(wentBack).toBeDefined();
    await world.controlPlane.backups.restore('r-1', came, false);
    expect(await world.backups.list()).toHaveLength(2);
  });

  test('that a checkpoint refers to are kept, and what came after it goes with a rollback', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    world.write('r-1', 'colour', 'blue');
    await world.advance('1d');
    const { id } = await world.controlPlane.past.take();
    world.write('r-1', 'colour', 'red');
    await world.advance('9d');
    expect([...(await world.backups.list())].sort()).toEqual(['bk-1', 'bk-2']);
    await world.controlPlane.past.rollBack(id);
    expect(shown(world)).toEqual(['bk-1 success 2026-01-01T02:00:00Z in bk-1']);
    expect(await world.backups.list()).toEqual(['bk-1']);
    await world.advance('1d');
    expect(world.data('r-1')).toEqual({ colour: 'blue' });
    expect(shown(world)).toHaveLength(2);
  });

  test('all go with a reset', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    await world.advance('2d');
    await world.controlPlane.reset();
    expect(await world.backups.list()).toEqual([]);
    expect(backups(world)).toEqual([]);
  });
});

/** What becomes of the next loads; those after them are as usual. `refused`: Redis will never take that file. */
function loadsAre(world: FakeWorld, ...next: ('away' | 'refused')[]): void {
  const load = world.engine.load.bind(world.engine);
  const problem = 'there are keys in database 40, and it has 16';
  world.engine.load = (...args) => {
    const outcome = next.shift();
    if (outcome === undefined) return load(...args);
    return Promise.reject(
      outcome === 'away'
        ? new Error('it went away')
        : new SimulatorError('BackupNotLoadable', { problem }),
    );
  };
}

function nextAt(policy: Partial<BackupPolicy>, changed: Parameters<typeof instanceOf>[0] = {}) {
  const instance = instanceOf(changed);
  const { backups: standing } = instance;
  return nextBackupAt({
    ...instance,
    backups: { ...standing, policy: { ...standing.policy, enabled: null, ...policy } },
  });
}

async function changePolicy(world: FakeWorld, wanted: Partial<BackupPolicy>): Promise<void> {
  await world.controlPlane.decide((draft) => changeBackupPolicy(draft, 'r-1', wanted));
}

function plan(
  world: FakeWorld,
  wanted: Partial<Parameters<typeof planFailure>[1]>,
): Promise<string> {
  const request = {
    instanceId: 'r-1',
    kind: 'fails',
    lateMs: 0,
    left: 1,
    rate: null,
    seed: 1,
  } as const;
  return world.controlPlane.decide((draft) => planFailure(draft, { ...request, ...wanted }));
}

async function fromBackup(
  world: FakeWorld,
  backupId: string,
  recover: readonly Recoverable[] = [],
  instanceClass = ORDER.instanceClass,
): Promise<string> {
  await world.controlPlane.backups.check(backupId);
  return world.controlPlane.decide((draft) =>
    requestFromBackup(draft, { ...ORDER, instanceClass }, { backupId, recover }),
  );
}

/** What happened to backups. */
function backupStory(world: FakeWorld): string {
  const told = world
    .events()
    .filter(({ type }) => /^(backup-(?!lost|restored|policy)|restore-)/.test(type));
  return timelineOf(told);
}

function backups(world: FakeWorld): Backup[] {
  return [...(world.controlPlane.world.records.backups?.values() ?? [])];
}

function shown(world: FakeWorld): string[] {
  return backups(world).map(
    ({ id, state, startedAt, file }) =>
      `${id} ${state} ${formatInstant(startedAt)}${file ? ` in ${file.fileId}` : ''}`,
  );
}

/** What customers live through, as the event log tells it. The clock is frozen; all times are virtual. */
import { describe, expect, test } from 'vitest';
import { chargeHour } from '../../src/control-plane/core/billing.js';
import {
  completeCreation,
  openAccount,
  requestInstance,
} from '../../src/control-plane/core/decisions.js';
import { Draft } from '../../src/control-plane/core/draft.js';
import { formatMoney, parseMoney } from '../../src/control-plane/core/money.js';
import { INSTANCE_CLASSES } from '../../src/control-plane/core/instance-classes.js';
import { EMPTY_WORLD } from '../../src/control-plane/core/world.js';
import { FakeWorld, ORDER, START, timelineOf } from '../support/fake-world.js';

describe('arrears', () => {
  test('an account that runs dry: a day of grace, seven days frozen, then gone, with the debt left', async () => {
    await using world = await FakeWorld.open({ balance: '0.63' });
    await world.create();
    await world.advance('9d');
    expect(world.timeline()).toMatchInlineSnapshot(`
      "
      01-01 00:00                -        account default opened
      01-01 00:00                -        account default topped up by 0.63 CNY, balance 0.63
      01-01 00:00                2.1      r-1 requested: redis.master.small.default at 0.21 CNY an hour
      01-01 00:00                7.1      r-1 creating -> active (created)
      01-01 01:00 .. 01-01 04:00 2.2.2    4 charges, 0.84 CNY in all, balance -0.21
      01-01 04:00                7.2.3.1  account default owes 0.21 CNY
      01-01 04:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 05:00 .. 01-02 04:00 2.2.2    24 charges, 5.04 CNY in all, balance -5.25
      01-02 04:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-02 05:00 .. 01-09 04:00 2.2.2    168 charges, 35.28 CNY in all, balance -40.53
      01-09 04:00                7.2.3.2  r-1 frozen -> deleted (retention-ended)
      "
    `);
    expect(world.balance()).toMatchInlineSnapshot(`"-40.53"`);
  });

  test('paid within the day of grace: active at once, and the next arrears get a day of their own', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await world.advance('10h');
    await world.topUp('2');
    await world.advance('3d');
    expect(world.timeline(4)).toMatchInlineSnapshot(`
      "
      01-01 01:00 .. 01-01 02:00 2.2.2    2 charges, 0.42 CNY in all, balance -0.21
      01-01 02:00                7.2.3.1  account default owes 0.21 CNY
      01-01 02:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 03:00 .. 01-01 10:00 2.2.2    8 charges, 1.68 CNY in all, balance -1.89
      01-01 10:00                -        account default topped up by 2.00 CNY, balance 0.11
      01-01 10:00                7.2.3.1  account default owes nothing any more
      01-01 10:00                7.2.3.1  r-1 overdue -> active (arrears-ended)
      01-01 11:00                2.2.2    charged 0.21 CNY for one hour, balance -0.10
      01-01 11:00                7.2.3.1  account default owes 0.10 CNY
      01-01 11:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 12:00 .. 01-02 11:00 2.2.2    24 charges, 5.04 CNY in all, balance -5.14
      01-02 11:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-02 12:00 .. 01-04 10:00 2.2.2    47 charges, 9.87 CNY in all, balance -15.01
      "
    `);
  });

  test('paid while frozen: active at once; the retention begins anew with the next freeze', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await world.advance('5d');
    await world.topUp('26');
    await world.advance('9d');
    expect(world.timeline(4)).toMatchInlineSnapshot(`
      "
      01-01 01:00 .. 01-01 02:00 2.2.2    2 charges, 0.42 CNY in all, balance -0.21
      01-01 02:00                7.2.3.1  account default owes 0.21 CNY
      01-01 02:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 03:00 .. 01-02 02:00 2.2.2    24 charges, 5.04 CNY in all, balance -5.25
      01-02 02:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-02 03:00 .. 01-06 00:00 2.2.2    94 charges, 19.74 CNY in all, balance -24.99
      01-06 00:00                -        account default topped up by 26.00 CNY, balance 1.01
      01-06 00:00                7.2.3.1  account default owes nothing any more
      01-06 00:00                7.2.3.1  r-1 frozen -> active (arrears-ended)
      01-06 01:00 .. 01-06 05:00 2.2.2    5 charges, 1.05 CNY in all, balance -0.04
      01-06 05:00                7.2.3.1  account default owes 0.04 CNY
      01-06 05:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-06 06:00 .. 01-07 05:00 2.2.2    24 charges, 5.04 CNY in all, balance -5.08
      01-07 05:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-07 06:00 .. 01-14 05:00 2.2.2    168 charges, 35.28 CNY in all, balance -40.36
      01-14 05:00                7.2.3.2  r-1 frozen -> deleted (retention-ended)
      "
    `);
  });

  test('paid a part: the arrears go on, and so does the time that was running', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await world.advance('10h');
    await world.topUp('1');
    await world.advance('17h');
    expect(world.timeline(4)).toMatchInlineSnapshot(`
      "
      01-01 01:00 .. 01-01 02:00 2.2.2    2 charges, 0.42 CNY in all, balance -0.21
      01-01 02:00                7.2.3.1  account default owes 0.21 CNY
      01-01 02:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 03:00 .. 01-01 10:00 2.2.2    8 charges, 1.68 CNY in all, balance -1.89
      01-01 10:00                -        account default topped up by 1.00 CNY, balance -0.89
      01-01 11:00 .. 01-02 02:00 2.2.2    16 charges, 3.36 CNY in all, balance -4.25
      01-02 02:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-02 03:00                2.2.2    charged 0.21 CNY for one hour, balance -4.46
      "
    `);
  });

  test('a debt that is paid to the last cent is no debt', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await world.advance('10h');
    expect(world.balance()).toBe('-1.89');
    await world.topUp('1.88');
    expect(world.states()).toBe('r-1 overdue');
    await world.topUp('0.01');
    expect(world.states()).toBe('r-1 active');
    expect(world.balance()).toBe('0.00');
  });

  test('a balance of nothing is no debt yet: the charge that cannot be met is', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.setBalance('0');
    expect(world.states()).toBe('r-1 active');
    await world.advance('59m');
    expect(world.states()).toBe('r-1 active');
    await world.advance('1m');
    expect(world.states()).toBe('r-1 overdue');
  });

  test('setting the balance ends arrears too, and stands in the ledger as an adjustment', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await world.advance('2d');
    expect(world.states()).toBe('r-1 frozen');
    await world.setBalance('0');
    expect(world.states()).toBe('r-1 active');
    await world.setBalance('0');
    expect(moneyBookOf(world)).toMatchInlineSnapshot(`
      "
      01-01 00:00  top-up  0.21  0.21  -
      01-01 01:00  charge  -0.21  0.00  r-1
      01-01 02:00  charge  -0.21  -0.21  r-1
      01-01 03:00  charge  -0.21  -0.42  r-1
      01-01 04:00  charge  -0.21  -0.63  r-1
      01-01 05:00  charge  -0.21  -0.84  r-1
      01-01 06:00  charge  -0.21  -1.05  r-1
      01-01 07:00  charge  -0.21  -1.26  r-1
      01-01 08:00  charge  -0.21  -1.47  r-1
      01-01 09:00  charge  -0.21  -1.68  r-1
      01-01 10:00  charge  -0.21  -1.89  r-1
      01-01 11:00  charge  -0.21  -2.10  r-1
      01-01 12:00  charge  -0.21  -2.31  r-1
      01-01 13:00  charge  -0.21  -2.52  r-1
      01-01 14:00  charge  -0.21  -2.73  r-1
      01-01 15:00  charge  -0.21  -2.94  r-1
      01-01 16:00  charge  -0.21  -3.15  r-1
      01-01 17:00  charge  -0.21  -3.36  r-1
      01-01 18:00  charge  -0.21  -3.57  r-1
      01-01 19:00  charge  -0.21  -3.78  r-1
      01-01 20:00  charge  -0.21  -3.99  r-1
      01-01 21:00  charge  -0.21  -4.20  r-1
      01-01 22:00  charge  -0.21  -4.41  r-1
      01-01 23:00  charge  -0.21  -4.62  r-1
      01-02 00:00  charge  -0.21  -4.83  r-1
      01-02 01:00  charge  -0.21  -5.04  r-1
      01-02 02:00  charge  -0.21  -5.25  r-1
      01-02 03:00  charge  -0.21  -5.46  r-1
      01-02 04:00  charge  -0.21  -5.67  r-1
      01-02 05:00  charge  -0.21  -5.88  r-1
      01-02 06:00  charge  -0.21  -6.09  r-1
      01-02 07:00  charge  -0.21  -6.30  r-1
      01-02 08:00  charge  -0.21  -6.51  r-1
      01-02 09:00  charge  -0.21  -6.72  r-1
      01-02 10:00  charge  -0.21  -6.93  r-1
      01-02 11:00  charge  -0.21  -7.14  r-1
      01-02 12:00  charge  -0.21  -7.35  r-1
      01-02 13:00  charge  -0.21  -7.56  r-1
      01-02 14:00  charge  -0.21  -7.77  r-1
      01-02 15:00  charge  -0.21  -7.98  r-1
      01-02 16:00  charge  -0.21  -8.19  r-1
      01-02 17:00  charge  -0.21  -8.40  r-1
      01-02 18:00  charge  -0.21  -8.61  r-1
      01-02 19:00  charge  -0.21  -8.82  r-1
      01-02 20:00  charge  -0.21  -9.03  r-1
      01-02 21:00  charge  -0.21  -9.24  r-1
      01-02 22:00  charge  -0.21  -9.45  r-1
      01-02 23:00  charge  -0.21  -9.66  r-1
      01-03 00:00  charge  -0.21  -9.87  r-1
      01-03 00:00  adjustment  9.87  0.00  -
      "
    `);
  });

  test('grace and retention end to the minute when arrears begin between the hours', async () => {
    await using world = await FakeWorld.open({ balance: '0.42' });
    await world.advance('17m');
    await world.create();
    await world.advance('10d');
    expect(world.timeline(4)).toMatchInlineSnapshot(`
      "
      01-01 01:17 .. 01-01 03:17 2.2.2    3 charges, 0.63 CNY in all, balance -0.21
      01-01 03:17                7.2.3.1  account default owes 0.21 CNY
      01-01 03:17                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 04:17 .. 01-02 03:17 2.2.2    24 charges, 5.04 CNY in all, balance -5.25
      01-02 03:17                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-02 04:17 .. 01-09 03:17 2.2.2    168 charges, 35.28 CNY in all, balance -40.53
      01-09 03:17                7.2.3.2  r-1 frozen -> deleted (retention-ended)
      "
    `);
  });

  test('the debt outlives the instance, holds up new ones, and can be paid', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await world.advance('30d');
    expect(world.states()).toBe('r-1 deleted');
    expect(world.balance()).toBe('-40.53');
    await expect(world.create()).rejects.toMatchObject({ code: 'InsufficientBalance' });
    await world.topUp('40.74');
    await world.create();
    expect(world.states()).toBe('r-1 deleted, r-2 active');
  });
});

describe('one account, several instances', () => {
  test('they share the balance, and each is charged from its own creation', async () => {
    await using world = await FakeWorld.open({ balance: '1' });
    await world.create();
    await world.advance('20m');
    await world.create({ instanceClass: 'redis.master.micro.default' });
    await world.advance('10d');
    expect(world.timeline(3)).toMatchInlineSnapshot(`
      "
      01-01 00:00                7.1      r-1 creating -> active (created)
      01-01 00:20                2.1      r-2 requested: redis.master.micro.default at 0.063 CNY an hour
      01-01 00:20                7.1      r-2 creating -> active (created)
      01-01 01:00 .. 01-01 04:00 2.2.2    7 charges, 1.029 CNY in all, balance -0.029
      01-01 04:00                7.2.3.1  account default owes 0.029 CNY
      01-01 04:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 04:00                7.2.3.1  r-2 active -> overdue (arrears-began)
      01-01 04:20 .. 01-02 04:00 2.2.2    48 charges, 6.552 CNY in all, balance -6.581
      01-02 04:00                7.2.3.1  r-1 overdue -> frozen (grace-ended)
      01-02 04:00                7.2.3.1  r-2 overdue -> frozen (grace-ended)
      01-02 04:20 .. 01-09 04:00 2.2.2    336 charges, 45.864 CNY in all, balance -52.445
      01-09 04:00                7.2.3.2  r-1 frozen -> deleted (retention-ended)
      01-09 04:00                2.2.2    charged 0.063 CNY for one hour, balance -52.508
      01-09 04:00                7.2.3.2  r-2 frozen -> deleted (retention-ended)
      "
    `);
  });

  test('paying brings all of them back, the overdue and the frozen ones', async () => {
    await using world = await FakeWorld.open({ balance: '0.5' });
    await world.create();
    await world.create();
    await world.advance('4h');
    expect(world.states()).toBe('r-1 overdue, r-2 overdue');
    await world.advance('30h');
    expect(world.states()).toBe('r-1 frozen, r-2 frozen');
    await world.topUp('100');
    expect(world.states()).toBe('r-1 active, r-2 active');
  });

  test('an instance whose creation succeeds while the account owes starts with its day of grace', () => {
    const draft = new Draft(EMPTY_WORLD, START);
    openAccount(draft, 'default', parseMoney('credit', '0.21'));
    const [first, second] = [requestInstance(draft, ORDER), requestInstance(draft, ORDER)];
    completeCreation(draft, first, 6400);
    chargeHour(draft, first);
    chargeHour(draft, first);
    completeCreation(draft, second, 6401);
    expect(timelineOf(draft.change().events)).toMatchInlineSnapshot(`
      "
      01-01 00:00                -        account default opened
      01-01 00:00                -        account default topped up by 0.21 CNY, balance 0.21
      01-01 00:00                2.1      r-1 requested: redis.master.small.default at 0.21 CNY an hour
      01-01 00:00                2.1      r-2 requested: redis.master.small.default at 0.21 CNY an hour
      01-01 00:00                7.1      r-1 creating -> active (created)
      01-01 00:00                2.2.2    2 charges, 0.42 CNY in all, balance -0.21
      01-01 00:00                7.2.3.1  account default owes 0.21 CNY
      01-01 00:00                7.2.3.1  r-1 active -> overdue (arrears-began)
      01-01 00:00                7.1      r-2 creating -> active (created)
      01-01 00:00                7.2.3.1  r-2 active -> overdue (arrears-began)
      "
    `);
  });
});

describe('deletion by the customer', () => {
  test('in mid-hour: the hour that was started is charged, and nothing after it', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.advance('90m');
    await world.delete('r-1');
    await world.advance('8d');
    expect(world.timeline(3)).toMatchInlineSnapshot(`
      "
      01-01 00:00                7.1      r-1 creating -> active (created)
      01-01 01:00 .. 01-01 01:30 2.2.2    2 charges, 0.42 CNY in all, balance 99.58
      01-01 01:30                7.3.1    r-1 active -> released (released)
      01-08 16:00                4.3      r-1 released -> deleted (bin-ended)
      "
    `);
    expect(world.balance()).toBe('99.58');
  });

  test('on the stroke of the hour: no further hour was started', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.advance('2h');
    await world.delete('r-1');
    expect(world.balance()).toBe('99.58');
  });

  test('at the moment of its creation: nothing is charged', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.delete('r-1');
    expect(world.balance()).toBe('100.00');
  });

  test('the last hour may be the one that cannot be paid: then the others are overdue', async () => {
    await using world = await FakeWorld.open({ balance: '0.5' });
    await world.create();
    await world.create();
    await world.advance('61m');
    await world.delete('r-1');
    expect(world.timeline(8)).toMatchInlineSnapshot(`
      "
      01-01 01:01                2.2.2    charged 0.21 CNY for one hour, balance -0.13
      01-01 01:01                7.2.3.1  account default owes 0.13 CNY
      01-01 01:01                7.2.3.1  r-2 active -> overdue (arrears-began)
      01-01 01:01                7.3.1    r-1 active -> released (released)
      "
    `);
  });

  test('while frozen: out of service at once, and the data is kept for seven natural days from then', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await world.advance('3d30m');
    await world.delete('r-1');
    expect(world.states()).toBe('r-1 released');
    expect(world.balance()).toBe('-15.12');
    await world.advance('7d15h29m');
    expect([world.now(), world.states()]).toEqual(['2026-01-11T15:59:00Z', 'r-1 released']);
    await world.advance('1m');
    expect(world.states()).toBe('r-1 deleted');
    expect(world.balance()).toBe('-15.12');
  });

  test('a second time: refused, saying what is possible', async () => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.delete('r-1');
    await expect(world.delete('r-1')).rejects.toThrow(
      '"released" is not possible for instance "r-1" in state "released" (possible: bin-ended, destroyed, rebuilt)',
    );
    await world.destroy('r-1');
    await expect(world.destroy('r-1')).rejects.toThrow(
      '"destroyed" is not possible for instance "r-1" in state "deleted" (possible: nothing)',
    );
  });
});

describe('creation', () => {
  test('takes a balance of at least one hour of the class', async () => {
    await using world = await FakeWorld.open({ balance: '0.20' });
    await expect(world.create()).rejects.toThrow(
      'account "default" has 0.20 CNY, and an instance of class redis.master.small.default needs at least one hour: 0.21 CNY',
    );
    await world.topUp('0.01');
    await world.create();
    expect(world.states()).toBe('r-1 active');
  });

  test('that fails leaves a record, and neither charge nor backend nor port', async () => {
    await using world = await FakeWorld.open();
    world.engine.failNext('up', 'out of memory');
    await expect(world.create({ port: 6400 })).rejects.toMatchObject({ code: 'EngineFailed' });
    await world.advance('1d');
    expect(world.timeline(2)).toMatchInlineSnapshot(`
      "
      01-01 00:00                2.1      r-1 requested: redis.master.small.default at 0.21 CNY an hour
      01-01 00:00                7.1      r-1 creating -> deleted (creation-failed)
      "
    `);
    expect(world.balance()).toBe('100.00');
    expect(world.engine.backends.size).toBe(0);
    await world.create({ port: 6400 });
    expect(world.states()).toBe('r-1 deleted, r-2 active');
  });

  test('that fails at its very end, when the endpoint is to open, leaves a record only as well', async () => {
    await using world = await FakeWorld.open();
    let ups = 0;
    world.onCall = (call) => {
      if (call.startsWith('engine up') && (ups += 1) === 2) throw new Error('gone again');
    };
    await expect(world.create()).rejects.toThrow('gone again');
    expect(world.states()).toBe('r-1 deleted');
    expect(world.balance()).toBe('100.00');
    expect([world.engine.backends.size, world.dataPlane.endpoints.size]).toEqual([0, 0]);
  });

  test('takes the next free port, and refuses one that another program has', async () => {
    await using world = await FakeWorld.open();
    world.dataPlane.busyPorts.add(6400);
    await expect(world.create({ port: 6400 })).rejects.toThrow('port 6400 on 127.0.0.1 is in use');
    const [first, second] = [await world.create(), await world.create()];
    expect([first.port, second.port]).toEqual([6401, 6402]);
  });

  test('that a crash interrupted is completed at the next start', async () => {
    await using world = await FakeWorld.open();
    await crashWhile(world, 'engine up r-1', () => world.create());
    expect(world.states()).toBe('r-1 active');
    expect([...world.dataPlane.endpoints.values()].map((e) => e.port)).toEqual([6400]);
  });

  test('that a crash interrupted and that cannot be completed does not hold up the next start', async () => {
    await using world = await FakeWorld.open();
    await crashWhile(
      world,
      'engine up r-1',
      () => world.create(),
      () => world.engine.failNext('up', 'out of memory'),
    );
    expect(world.states()).toBe('r-1 deleted');
    expect(world.engine.backends.size).toBe(0);
    expect(world.logged.join()).toContain('out of memory');
  });

  test('of an unknown class, or for an unknown account, is refused with what there is', async () => {
    await using world = await FakeWorld.open();
    await expect(world.create({ instanceClass: 'toString' })).rejects.toThrow(
      'no instance class "toString". Classes there are: redis.master.micro.default, ',
    );
    await expect(world.create({ accountId: 'nobody' })).rejects.toThrow(
      'no account "nobody". Accounts there are: default',
    );
    expect(world.timeline(2)).toBe('\n\n');
  });
});

describe('deletion that a crash interrupted', () => {
  test.each(['endpoint r-1 closed', 'engine remove r-1'])(
    'at "%s" is completed at the next start',
    async (call) => {
      await using world = await FakeWorld.open();
      await world.create();
      await crashWhile(world, call, () => world.destroy('r-1'));
      expect(world.states()).toBe('r-1 deleted');
      expect(await world.engine.list()).toEqual([]);
      expect(world.dataPlane.endpoints.size).toBe(0);
    },
  );
});

describe('money', () => {
  test.each(Object.entries(INSTANCE_CLASSES))(
    'an hour of %s costs what its class says',
    async (instanceClass, { pricePerHour }) => {
      await using world = await FakeWorld.open();
      await world.create({ instanceClass });
      await world.advance('3h');
      expect(moneyBookOf(world).split('\n').slice(2, -1)).toEqual(
        [1, 2, 3].map((hour) => {
          const balance = formatMoney(
            (parseMoney('', '100') - BigInt(hour) * pricePerHour) as typeof pricePerHour,
          );
          return `01-01 0${String(hour)}:00  charge  -${formatMoney(pricePerHour)}  ${balance}  r-1`;
        }),
      );
    },
  );

  test('accounts do not mix: one pays for its own, the other one is frozen', async () => {
    await using world = await FakeWorld.open();
    await world.openAccount('rich', '1000');
    await world.openAccount('poor', '0.30');
    await world.create({ accountId: 'rich' });
    await world.create({ accountId: 'poor' });
    await world.advance('2d');
    expect(world.states()).toBe('r-1 active, r-2 frozen');
    expect([world.balance(), world.balance('rich'), world.balance('poor')]).toEqual([
      '100.00',
      '989.92',
      '-9.78',
    ]);
    await world.topUp('1000', 'rich');
    expect(world.states()).toBe('r-1 active, r-2 frozen');
    expect(new Set(world.ledger('poor').map((entry) => entry.accountId))).toEqual(
      new Set(['poor']),
    );
  });

  test('an account is opened once, and money goes only to accounts there are', async () => {
    await using world = await FakeWorld.open();
    await expect(world.openAccount('default')).rejects.toMatchObject({ code: 'AccountExists' });
    await expect(world.topUp('1', 'nobody')).rejects.toMatchObject({ code: 'AccountNotFound' });
    await expect(world.setBalance('1', 'nobody')).rejects.toMatchObject({
      code: 'AccountNotFound',
    });
    expect(moneyBookOf(world)).toMatchInlineSnapshot(`
      "
      01-01 00:00  top-up  100.00  100.00  -
      "
    `);
  });
});

describe('reset', () => {
  test('leaves one account with the opening balance, no instance, and the time as it is', async () => {
    await using world = await FakeWorld.open({ balance: '5' });
    await world.openAccount('other', '7');
    await world.create();
    await world.create({ accountId: 'other' });
    await world.advance('3h');
    await world.controlPlane.reset();
    expect(world.now()).toBe('2026-01-01T03:00:00Z');
    expect(world.states()).toBe('');
    expect([...world.controlPlane.world.accounts.keys()]).toEqual(['default']);
    expect(world.timeline()).toMatchInlineSnapshot(`
      "
      01-01 03:00                -        everything was reset
      01-01 03:00                -        account default opened
      01-01 03:00                -        account default topped up by 5.00 CNY, balance 5.00
      "
    `);
    expect(moneyBookOf(world)).toMatchInlineSnapshot(`
      "
      01-01 03:00  top-up  5.00  5.00  -
      "
    `);
    expect([await world.engine.list(), [...world.dataPlane.endpoints]]).toEqual([[], []]);
    expect((await world.create()).id).toBe('r-3');
  });

  test.each([
    ['the next advance', (world: FakeWorld) => world.advance('1h')],
    ['the next reset', (world: FakeWorld) => world.controlPlane.reset()],
    ['the next start', (world: FakeWorld) => world.restart()],
  ])('that could not remove everything is completed by %s', async (_, next) => {
    await using world = await FakeWorld.open();
    await world.create();
    await world.create();
    world.onCall = (call) => {
      if (call === 'engine remove r-1') throw new Error('it hangs');
    };
    await expect(world.controlPlane.reset()).rejects.toThrow('it hangs');
    expect(await world.engine.list()).toEqual(['r-1']);
    world.onCall = () => undefined;
    await next(world);
    expect([await world.engine.list(), [...world.dataPlane.endpoints]]).toEqual([[], []]);
  });
});

/** A line for each entry of the default account's ledger. */
function moneyBookOf(world: FakeWorld): string {
  const lines = world.ledger().map((entry) => {
    const at = new Date(entry.at).toISOString().slice(5, 16).replace('T', ' ');
    const { kind, instanceId } = entry;
    return `${at}  ${kind}  ${formatMoney(entry.amount)}  ${formatMoney(entry.balance)}  ${instanceId ?? '-'}`;
  });
  return `\n${lines.join('\n')}\n`;
}

/** Starts `work`, kills the control plane when it makes `call`, and starts another one. */
async function crashWhile(
  world: FakeWorld,
  call: string,
  work: () => Promise<unknown>,
  before: () => void = () => undefined,
): Promise<void> {
  const reached = new Promise<void>((resolve) => {
    world.onCall = (made) => {
      if (!made.startsWith(call)) return;
      resolve();
      return new Promise(() => undefined); // never answered
    };
  });
  void work();
  await reached;
  world.onCall = () => undefined;
  before();
  await world.crash();
}

/** Ways of paying, by the command line and with a real Redis behind: what customers type, and what they get. */
import { expect, test as base } from 'vitest';
import type { Simulator } from '../../src/index.js';
import { frostgateAt, type Outcome } from '../support/cli.js';
import { redisOf, simulator } from '../support/simulator.js';

const test = base
  // eslint-disable-next-line no-empty-pattern -- vitest reads from it what a fixture needs
  .extend('sim', async ({}, { onCleanup }): Promise<Simulator> => {
    const sim = await simulator();
    onCleanup(() => sim.close());
    return sim;
  })
  .extend('run', ({ sim }) => frostgateAt(sim.apiUrl));

/** What a command that succeeds prints. */
async function said(outcome: Promise<Outcome>): Promise<string> {
  const { code, stdout, stderr } = await outcome;
  expect(`${stderr}${String(code)}`).toBe('0');
  return stdout.trimEnd().replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT');
}

/** What a command is refused with. */
async function refused(outcome: Promise<Outcome>): Promise<string> {
  const { code, stderr } = await outcome;
  expect(code).not.toBe(0);
  return stderr.trimEnd();
}

test('a subscription is ordered, paid, renewed, resized, converted and ended in a few words', async ({
  run,
}) => {
  await said(run('account', 'top-up', '2000'));
  expect(await said(run('order', 'create', '--period', '1'))).toBe(
    'order o-1 is unpaid: redis.master.small.default for 1 month, 151.20 CNY; pay it with: frostgate order pay o-1',
  );
  expect(await said(run('instance', 'list'))).toMatch(/^no instances/);
  expect(await said(run('order', 'pay', 'o-1'))).toBe(
    'order o-1 of r-1 is fulfilled: redis.master.small.default for 1 month, 151.20 CNY',
  );
  expect(await said(run('instance', 'renew', 'r-1', '--period', '1'))).toMatchInlineSnapshot(`
    "r-1 is active: redis.master.small.default, PrePaid, expires 2026-03-01T00:00:00Z
    order o-2 of r-1 is fulfilled: 1 month more of redis.master.small.default, 151.20 CNY"
  `);
  await said(run('clock', 'advance', '15d'));
  expect(await said(run('instance', 'resize', 'r-1', 'redis.master.mid.default', '--no-auto-pay')))
    .toMatchInlineSnapshot(`
    "r-1 is active: redis.master.small.default, PrePaid, expires 2026-03-01T00:00:00Z
    order o-3 of r-1 is unpaid: redis.master.mid.default in place of redis.master.small.default until 2026-03-01T00:00:00Z, 183.390967 CNY; pay it with: frostgate order pay o-3"
  `);
  expect(await said(run('order', 'cancel', 'o-3'))).toMatch(/^order o-3 of r-1 is cancelled/);
  expect(await said(run('order', 'show', 'o-1'))).toMatch(/^to +2026-02-01T00:00:00Z$/m);
  expect(await said(run('instance', 'auto-renew', 'r-1', '--duration', '3'))).toMatch(
    /^autoRenewMonths +3$/m,
  );
  expect(await said(run('instance', 'auto-renew', 'r-1', '--no-auto-renew'))).toMatch(
    /^autoRenewMonths +-$/m,
  );
  expect(await refused(run('instance', 'delete', 'r-1'))).toMatch(
    /^error: DeleteInstance is not possible for instance "r-1", which is PrePaid/,
  );
  expect(await said(run('instance', 'convert', 'r-1', 'PostPaid'))).toMatchInlineSnapshot(
    `"r-1 is active: redis.master.small.default, PostPaid"`,
  );
  expect(await said(run('instance', 'convert', 'r-1', 'PrePaid', '--period', '12')))
    .toMatchInlineSnapshot(`
    "r-1 is active: redis.master.small.default, PrePaid, expires 2027-01-16T00:00:00Z
    order o-4 of r-1 is fulfilled: redis.master.small.default as a subscription for 12 months, 1814.40 CNY"
  `);
  expect(await refused(run('instance', 'end', 'r-1'))).toMatch(/both have to agree/);
  expect(await said(run('instance', 'end', 'r-1', '--agreed'))).toBe('r-1 is released');
  expect(await said(run('order', 'list'))).toMatchInlineSnapshot(`
    "ID   STATE      INSTANCE  PRICE       ORDERED               UNTIL                 WHAT FOR
    o-1  fulfilled  r-1       151.20      2026-01-01T00:00:00Z  2026-02-01T00:00:00Z  redis.master.small.default for 1 month
    o-2  fulfilled  r-1       151.20      2026-01-01T00:00:00Z  2026-03-01T00:00:00Z  1 month more of redis.master.small.default
    o-3  cancelled  r-1       183.390967  2026-01-16T00:00:00Z  -                     redis.master.mid.default in place of redis.master.small.default until 2026-03-01T00:00:00Z
    o-4  fulfilled  r-1       1814.40     2026-01-16T00:00:00Z  2027-01-16T00:00:00Z  redis.master.small.default as a subscription for 12 months"
  `);
  expect(await said(run('account', 'ledger'))).toMatchInlineSnapshot(`
    "AT                    KIND    INSTANCE  AMOUNT      BALANCE      TEXT
    2026-01-01T00:00:00Z  top-up  -         100.00      100.00       top-up
    2026-01-01T00:00:00Z  top-up  -         2000.00     2100.00      top-up
    2026-01-01T00:00:00Z  charge  r-1       -151.20     1948.80      order o-1: redis.master.small.default for 1 month, from creation success on (2.2.1)
    2026-01-01T00:00:00Z  charge  r-1       -151.20     1797.60      order o-2: 1 month more of redis.master.small.default, from 2026-02-01T00:00:00Z to 2026-03-01T00:00:00Z (2.2.1)
    2026-01-16T00:00:00Z  refund  r-1       229.238709  2026.838709  what is left of the term of r-1, which is pay-as-you-go from now on (2.2.2)
    2026-01-16T00:00:00Z  charge  r-1       -1814.40    212.438709   order o-4: redis.master.small.default as a subscription for 12 months, from 2026-01-16T00:00:00Z to 2027-01-16T00:00:00Z (2.2.1)
    2026-01-16T00:00:00Z  refund  r-1       1814.40     2026.838709  r-1 ended early, as both agreed (7.3.1)"
  `);
});

test('prices are listed, asked for, and changed from a day on', async ({ run }) => {
  expect(await said(run('prices', 'list'))).toMatchInlineSnapshot(`
    "CLASS                                                        AN HOUR  A MONTH  CHANGES
    redis.master.micro.default                                   0.063    45.36    -
    redis.master.small.default                                   0.21     151.20   -
    redis.master.mid.default                                     0.378    272.16   -
    redis.master.stand.default                                   0.714    514.08   -
    redis.master.large.default                                   1.386    997.92   -
    redis.master.2xlarge.default                                 2.709    1950.48  -
    redis.master.4xlarge.default                                 5.376    3870.72  -
    redis.master.8xlarge.default                                 10.626   7650.72  -
    redis.master.small.special2x                                 0.21     151.20   -
    redis.master.mid.special2x                                   0.378    272.16   -
    redis.master.stand.special2x                                 0.714    514.08   -
    redis.master.large.special1x                                 1.386    997.92   -
    redis.master.2xlarge.special1x                               2.709    1950.48  -
    redis.master.4xlarge.special1x                               5.376    3870.72  -
    redis.basic.small.default                                    0.21     151.20   -
    redis.basic.mid.default                                      0.378    272.16   -
    redis.basic.stand.default                                    0.714    514.08   -
    redis.basic.large.default                                    1.386    997.92   -
    redis.basic.2xlarge.default                                  2.709    1950.48  -
    redis.basic.4xlarge.default                                  5.376    3870.72  -
    redis.logic.sharding.drredissdb1g.1db.0rodb.4proxy.default   0.21     151.20   -
    redis.logic.sharding.drredissdb2g.1db.0rodb.4proxy.default   0.378    272.16   -
    redis.logic.sharding.drredissdb4g.1db.0rodb.4proxy.default   0.714    514.08   -
    redis.logic.sharding.drredissdb8g.1db.0rodb.4proxy.default   1.386    997.92   -
    redis.logic.sharding.drredissdb16g.1db.0rodb.4proxy.default  2.709    1950.48  -
    redis.logic.sharding.drredissdb32g.1db.0rodb.4proxy.default  5.376    3870.72  -
    redis.logic.sharding.drredissdb64g.1db.0rodb.4proxy.default  10.626   7650.72  -
    redis.shard.micro.ce                                         0.063    45.36    -
    redis.shard.small.2.ce                                       0.21     151.20   -
    redis.shard.mid.2.ce                                         0.378    272.16   -
    redis.shard.large.ce                                         0.714    514.08   -
    redis.shard.xlarge.ce                                        1.386    997.92   -
    redis.shard.2xlarge.ce                                       2.709    1950.48  -
    redis.shard.3xlarge.ce                                       4.0425   2910.60  -
    redis.shard.4xlarge.ce                                       5.376    3870.72  -
    redis.shard.8xlarge.ce                                       10.626   7650.72  -
    redis.shard.small.ce                                         0.21     151.20   -
    redis.shard.mid.ce                                           0.378    272.16   -
    redis.shard.with.proxy.small.ce                              0.21     151.20   -
    redis.shard.with.proxy.mid.ce                                0.378    272.16   -
    redis.shard.with.proxy.large.ce                              0.714    514.08   -
    redis.shard.with.proxy.xlarge.ce                             1.386    997.92   -
    redis.shard.with.proxy.2xlarge.ce                            2.709    1950.48  -
    redis.shard.with.proxy.3xlarge.ce                            4.0425   2910.60  -
    redis.shard.with.proxy.4xlarge.ce                            5.376    3870.72  -
    redis.shard.with.proxy.8xlarge.ce                            10.626   7650.72  -
    tair.rdb.1g                                                  0.21     151.20   -
    tair.rdb.with.proxy.1g                                       0.21     151.20   -
    tair.rdb.2g                                                  0.378    272.16   -
    tair.rdb.with.proxy.2g                                       0.378    272.16   -
    tair.rdb.4g                                                  0.714    514.08   -
    tair.rdb.with.proxy.4g                                       0.714    514.08   -
    tair.rdb.8g                                                  1.386    997.92   -
    tair.rdb.with.proxy.8g                                       1.386    997.92   -
    tair.rdb.16g                                                 2.709    1950.48  -
    tair.rdb.with.proxy.16g                                      2.709    1950.48  -
    tair.rdb.24g                                                 4.0425   2910.60  -
    tair.rdb.with.proxy.24g                                      4.0425   2910.60  -
    tair.rdb.32g                                                 5.376    3870.72  -
    tair.rdb.with.proxy.32g                                      5.376    3870.72  -
    tair.rdb.64g                                                 10.626   7650.72  -
    tair.rdb.with.proxy.64g                                      10.626   7650.72  -"
  `);
  const changed = await said(
    run(
      'prices',
      'set',
      'redis.master.small.default',
      '--per-month',
      '180',
      '--from',
      '2026-02-01',
    ),
  );
  expect(changed).toMatch(
    /small\.default +0\.21 +151\.20 +from 2026-02-01T00:00:00Z: - \/ 180\.00/,
  );
  const asked = () => said(run('prices', 'ask', 'BUY', '--period', '2'));
  expect(await asked()).toMatch(/^tradeAmount +302\.40$/m);
  await said(run('clock', 'set', '2026-02-01'));
  expect(await asked()).toMatch(/^tradeAmount +360\.00$/m);
  expect(
    await refused(
      run('prices', 'set', 'redis.master.small.default', '--per-hour', '1', '--from', '2026-01-31'),
    ),
  ).toMatch(/what was charged before stands/);
});

test('a grant pays for the service first, and does not come back', async ({ run }) => {
  expect(await said(run('account', 'grant', '100', '--for', 'the first year'))).toBe(
    'account default: 200.00 CNY, of which grants 100.00',
  );
  await said(run('instance', 'create', '--charge-type', 'PrePaid', '--period', '1'));
  expect(await said(run('account', 'show'))).toBe('account default: 48.80 CNY');
  await said(run('instance', 'end', 'r-1', '--agreed'));
  expect(await said(run('account', 'show'))).toBe('account default: 100.00 CNY');
});

test('what an action on subscriptions cannot take is refused with the way out', async ({ run }) => {
  expect(await refused(run('instance', 'create', '--charge-type', 'PrePaid'))).toMatch(
    /period: is mandatory for a subscription/,
  );
  expect(await refused(run('order', 'create', '--period', '11'))).toMatch(
    /Give one of 1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 24, 36, 60 months/,
  );
  expect(await refused(run('instance', 'create', '--period', '1'))).toMatch(
    /is of subscriptions only/,
  );
  expect(await refused(run('order', 'pay', 'o-9'))).toMatch(/there is no "o-9" among the orders/);
  expect(await refused(run('prices', 'ask', 'RENEW'))).toMatch(/is mandatory to RENEW/);
});

test('a class that is too small for the data is refused; once it fits, Redis has the new ceiling at once', async ({
  sim,
}) => {
  const instance = await sim.createInstance();
  const redis = redisOf(instance);
  const ceiling = async () => /^maxmemory:(\d+)/m.exec(await redis.info('memory'))?.[1];
  expect(await ceiling()).toBe(String(1024 ** 3));
  await redis.setrange('big', 257 * 1024 ** 2, 'x');
  const smaller = { id: 'r-1', instanceClass: 'redis.master.micro.default' };
  await expect(sim.modifyInstanceSpec(smaller)).rejects.toMatchObject({
    code: 'TargetMemoryLessThanCurrentUsed',
  });
  expect(await ceiling()).toBe(String(1024 ** 3));
  await redis.del('big');
  await sim.modifyInstanceSpec(smaller);
  expect(await ceiling()).toBe(String(256 * 1024 ** 2));
  // The connection is the one from before.
  expect(await redis.get('big')).toBeNull();
  redis.disconnect();
});

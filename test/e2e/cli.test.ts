import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Value } from 'typebox/value';
import { expect, test as base } from 'vitest';
import { freeLoopbackPort } from '../../src/control-plane/engines/free-port.js';
import type { Action } from '../../src/control-plane/actions/action.js';
import { ACTIONS } from '../../src/control-plane/actions/index.js';
import { storyLine } from '../../src/cli/timeline.js';
import { connectTo, type InstanceView, type Simulator } from '../../src/index.js';
import { VERSION } from '../../src/version.js';
import {
  BIN,
  cleanEnvironment,
  frostgate,
  frostgateAt,
  Running,
  upApart,
  upIn,
  type Outcome,
} from '../support/cli.js';
import { ABOUT_BACKUPS, ABOUT_LOAD, JSON_STORY } from '../support/json-story.js';
import { RawClient, until } from '../support/raw-client.js';
import {
  processesIn,
  redisOf,
  simulator,
  temporaryDirectory,
  worldOf,
} from '../support/simulator.js';

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
  return stdout.trimEnd();
}

function portsRemoved(text: string): string {
  return text.replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT').replace(/^(port +)\d+$/m, '$1PORT');
}

test('instances are made, listed, shown and deleted in a few words', async ({ run }) => {
  expect(await said(run('instance', 'list'))).toBe(
    'no instances; make one with: frostgate instance create',
  );
  const made = await said(run('instance', 'create', '--name', 'demo', '--wire-profile', 'redis'));
  expect(portsRemoved(made)).toBe('r-1 is active at redis://127.0.0.1:PORT');
  expect(portsRemoved(await said(run('instance', 'list')))).toMatchInlineSnapshot(`
    "ID   NAME  STATE   SINCE                 NEXT  ADDRESS                  CLASS
    r-1  demo  active  2026-01-01T00:00:00Z  -     redis://127.0.0.1:PORT  redis.master.small.default"
  `);
  expect(portsRemoved(await said(run('instance', 'show', 'r-1')))).toMatchInlineSnapshot(`
    "id                   r-1
    name                 demo
    accountId            default
    instanceClass        redis.master.small.default
    state                active
    status               Normal
    since                2026-01-01T00:00:00Z
    terms                tos
    conditions           -
    writeLock            -
    endedBy              -
    wireProfile          redis
    reads                pass
    writes               pass
    host                 127.0.0.1
    port                 PORT
    url                  redis://127.0.0.1:PORT
    passwordSet          false
    passwordFree         true
    databaseAccounts     default
    whitelist            127.0.0.0/8, ::1
    commandProfile       apsaradb: as the vendor has it: administration commands are not open
    connections          10000
    bandwidth            10 MB/s each way
    parameters           as by default
    chargeType           PostPaid
    pricePerHour         0.21
    pricePerMonth        151.20
    expiresAt            -
    autoRenewMonths      -
    feesPaid             0.00
    requestedAt          2026-01-01T00:00:00Z
    createdAt            2026-01-01T00:00:00Z
    suspensions          none
    outages              none
    operation            -
    maintainTime         18:00Z-22:00Z
    lastBackup           none
    nextBackup           2026-01-01T02:00:00Z
    next                 bill at 2026-01-01T01:00:00Z, backup at 2026-01-01T02:00:00Z
    why                  it was set up (clause 7.1, 2026-01-01T00:00:00Z)
    ceilings             memory 1024 MB; connections 10000 clients; newConnections 10000 clients/s; bandwidth 10 MB/s; cpu 1 CPU
    abuse: memory        fair, over no threshold, of 1024 MB; next: high above 80 % for 5m
    abuse: cpu           fair, over no threshold, of 1 CPU; next: high above 80 % for 5m
    abuse: bandwidthIn   fair, over no threshold, of 10 MB/s; next: high above 80 % for 5m
    abuse: bandwidthOut  fair, over no threshold, of 10 MB/s; next: high above 80 % for 5m"
  `);
  expect(await said(run('instance', 'delete', 'r-1'))).toBe(
    'r-1 is released; its data is kept until 2026-01-08T16:00:00Z: "instance rebuild", "instance destroy"',
  );
  expect(await said(run('recyclebin', 'list'))).toContain('released ends 2026-01-08T16:00:00Z');
  expect(await said(run('instance', 'destroy', 'r-1'))).toBe('r-1 is deleted');
  expect(await said(run('recyclebin', 'list'))).toBe('the recycle bin is empty');
  expect(await said(run('instance', 'list'))).toContain('no instances');
  expect(await said(run('instance', 'list', '--all'))).toMatchInlineSnapshot(`
    "ID   NAME  STATE    SINCE                 NEXT  ADDRESS  CLASS
    r-1  demo  deleted  2026-01-01T00:00:00Z  -     -        redis.master.small.default"
  `);
});

test('who may log in, from where, and the parameters are told for people', async ({ run, sim }) => {
  await sim.createInstance({ password: 'Geheim_123' });
  await said(run('database-account', 'create', 'r-1', 'reader', '--password', 'Geheim_124'));
  await said(run('database-account', 'grant', 'r-1', 'reader', 'RoleReadOnly'));
  expect(await said(run('database-account', 'list', 'r-1'))).toMatchInlineSnapshot(`
    "NAME     PRIVILEGE      PASSWORD  DESCRIPTION
    default  RoleReadWrite  set
    reader   RoleReadOnly   set"
  `);
  await said(run('whitelist', 'modify', 'r-1', '10.1.2.3/8', '--group-name', 'office'));
  expect(await said(run('whitelist', 'show', 'r-1'))).toMatchInlineSnapshot(`
    "GROUP    MAY CONNECT
    default  127.0.0.0/8, ::1
    office   10.0.0.0/8"
  `);
  const changed = await said(run('parameter', 'set', 'r-1', '{"maxmemory-policy":"noeviction"}'));
  expect(changed).toMatch(/^parameters +maxmemory-policy noeviction$/m);
  expect(await said(run('parameter', 'list', 'r-1'))).toMatch(
    /^maxmemory-policy +noeviction +volatile-lru +\[volatile-lru\|.* +What is evicted/m,
  );
  await sim.createInstance({ commandProfile: 'open', bandwidth: 0 });
  const open = await said(run('instance', 'show', 'r-2'));
  expect(open).toMatch(/^commandProfile +open: .*a client can undo a freeze/m);
  expect(open).toMatch(/^bandwidth +no ceiling$/m);
});

test('an account says what it has, since when it owes, and where its money went', async ({
  run,
}) => {
  await said(run('instance', 'create'));
  expect(await said(run('account', 'show'))).toBe('account default: 100.00 CNY');
  expect(await said(run('account', 'set-balance', '0'))).toBe('account default: 0.00 CNY');
  await said(run('clock', 'advance', '2h'));
  expect(await said(run('account', 'show', 'default'))).toBe(
    'account default: -0.42 CNY, owing since 2026-01-01T01:00:00Z',
  );
  expect(await said(run('account', 'top-up', '10.5'))).toBe('account default: 10.08 CNY');
  expect(await said(run('account', 'open', 'shop', '--balance', '7'))).toBe(
    'account shop: 7.00 CNY',
  );
  expect(await said(run('account', 'top-up', '1', '--account', 'shop'))).toBe(
    'account shop: 8.00 CNY',
  );
  expect(await said(run('account', 'list'))).toBe(
    'account default: 10.08 CNY\naccount shop: 8.00 CNY',
  );
  expect(await said(run('account', 'ledger'))).toMatchInlineSnapshot(`
    "AT                    KIND        INSTANCE  AMOUNT   BALANCE  TEXT
    2026-01-01T00:00:00Z  top-up      -         100.00   100.00   top-up
    2026-01-01T00:00:00Z  adjustment  -         -100.00  0.00     balance set to 0.00
    2026-01-01T01:00:00Z  charge      r-1       -0.21    -0.21    one hour of redis.master.small.default
    2026-01-01T02:00:00Z  charge      r-1       -0.21    -0.42    one hour of redis.master.small.default
    2026-01-01T02:00:00Z  top-up      -         10.50    10.08    top-up"
  `);
  expect(await said(run('account', 'ledger', 'shop', '--limit', '1'))).toMatchInlineSnapshot(`
    "AT                    KIND    INSTANCE  AMOUNT  BALANCE  TEXT
    2026-01-01T02:00:00Z  top-up  -         7.00    7.00     top-up"
  `);
});

test('the clock shows, advances, is set, runs and freezes', async ({ run, sim }) => {
  expect(await said(run('clock', 'show'))).toBe('the clock is at 2026-01-01T00:00:00Z, frozen');
  expect(await said(run('clock', 'advance', '1d12h'))).toBe(
    'nothing became due\nthe clock is at 2026-01-02T12:00:00Z, frozen',
  );
  expect(await said(run('clock', 'set', '2026-02-01'))).toBe(
    'nothing became due\nthe clock is at 2026-02-01T00:00:00Z, frozen',
  );
  expect(await said(run('clock', 'run', '--rate', '3600'))).toMatch(
    /^the clock is at 2026-02-01T\S+Z, running at 3600x$/,
  );
  await until('time passes by itself', async () => {
    return (await sim.getClock()).now > '2026-02-01T00:10:00Z';
  });
  expect(await said(run('clock', 'freeze'))).toMatch(/^the clock is at \S+Z, frozen$/);
  const { now } = await sim.getClock();
  expect(await said(run('clock', 'show'))).toBe(`the clock is at ${now}, frozen`);
});

test('status and health say what runs here, and reset begins anew', async ({ run }) => {
  await said(run('instance', 'create', '--name', 'demo'));
  const lines = portsRemoved(await said(run('status'))).split('\n');
  expect(lines[0]).toMatch(/^frostgate \S+, engine process: redis-server \S+ \(\S+\): asked for$/);
  expect(lines.slice(1).join('\n')).toMatchInlineSnapshot(`
    "the clock is at 2026-01-01T00:00:00Z, frozen
    account default: 100.00 CNY
    ID   NAME  STATE   SINCE                 NEXT  ADDRESS                  CLASS
    r-1  demo  active  2026-01-01T00:00:00Z  -     redis://127.0.0.1:PORT  redis.master.small.default"
  `);
  expect(await said(run('health'))).toBe(`status   ok\nversion  ${VERSION}`);
  expect(await said(run('reset'))).toBe(
    'everything was reset; the clock is at 2026-01-01T00:00:00Z, frozen',
  );
  expect(await said(run('instance', 'list', '--all'))).toContain('no instances');
});

test('with --json every command prints what the API answers, and nothing else', async ({
  run,
  sim,
}) => {
  const json = async (...args: readonly string[]): Promise<unknown> =>
    JSON.parse(await said(run(...args, '--json')));
  const used = new Set<string>();
  const same = async (
    command: string,
    args: readonly string[],
    expected: () => Promise<unknown>,
  ) => {
    used.add(command);
    const printed = await json(...command.split(' '), ...args);
    expect(printed).toEqual(await expected());
  };
  // Why it is in its state is told where it is asked for.
  const shown = async (id = 'r-1') => {
    const { why, ...instance } = await sim.describeInstanceAttribute({ id });
    expect(why).not.toBeNull();
    return instance;
  };
  await same('instance create', ['--name', 'demo'], () => shown());
  await same('instance show', ['r-1'], () => sim.describeInstanceAttribute({ id: 'r-1' }));
  await same('instance list', [], () => sim.describeInstances());
  await same('account open', ['shop'], () => sim.getAccount({ account: 'shop' }));
  await same('account show', [], () => sim.getAccount());
  await same('account list', [], () => sim.listAccounts());
  await same('account set-balance', ['0.05'], () => sim.getAccount());
  await same('clock advance', ['26h'], async () => ({
    clock: await sim.getClock(),
    steps: 29, // the end of the 24 hours of grace is one of them, and two daily backups
    events: (await sim.listEvents({ after: 6 })).events,
    next: null,
  }));
  await same('account top-up', ['100'], () => sim.getAccount());
  await same('account ledger', [], () => sim.listLedger());
  await same('events', ['--type', 'charged'], () => sim.listEvents({ type: 'charged' }));
  await same('clock set', ['2026-01-05'], async () => {
    const { events } = await sim.listEvents();
    const clock = await sim.getClock();
    return {
      clock,
      steps: 72,
      events: events.filter(({ at }) => at > '2026-01-02T02:00:00Z'),
      next: null,
    };
  });
  await same('timeline', ['r-1'], () => sim.describeTimeline({ instance: 'r-1' }));
  await same('clock show', [], () => sim.getClock());
  await same('clock interrupt', [], async () => ({
    interrupted: false,
    clock: await sim.getClock(),
  }));
  await same('clock freeze', [], () => sim.getClock());
  await same('status', [], () => sim.getStatus());
  await same('health', [], () => sim.getHealth());
  const password = ['--password', 'Geheim_123'];
  const accounts = async () => (await sim.describeAccounts({ id: 'r-1' })).accounts;
  const account = async () => (await accounts()).at(-1);
  const whitelist = () => sim.describeSecurityIps({ id: 'r-1' });
  await same('instance modify', ['r-1', '--new-password', 'Geheim_123'], () => shown());
  await same('instance auth-mode', ['r-1', 'Open'], () => shown());
  await same('database-account create', ['r-1', 'reader', ...password], account);
  await same('database-account grant', ['r-1', 'reader', 'RoleReadOnly'], account);
  await same('database-account reset-password', ['r-1', 'reader', ...password], account);
  await same('database-account set-description', ['r-1', 'reader', 'it reads'], account);
  await same('database-account list', ['r-1'], () => sim.describeAccounts({ id: 'r-1' }));
  await same('whitelist modify', ['r-1', '10.0.0.0/8', '--modify-mode', 'Append'], whitelist);
  await same('whitelist show', ['r-1'], whitelist);
  await same('parameter set', ['r-1', '{"timeout":"60"}'], () => shown());
  await same('parameter list', ['r-1'], () => sim.describeParameters({ id: 'r-1' }));
  await same('database-account delete', ['r-1', 'reader'], () =>
    Promise.resolve({ deleted: 'reader' }),
  );
  await same('instance lock', ['r-1', '--lock-reason', 'a migration'], () => shown());
  await same('instance unlock', ['r-1'], () => shown());
  await same('instance plan', ['r-1'], () => sim.describeInstancePlan({ id: 'r-1' }));
  await same('terms list', [], () => sim.listTerms());
  await same('terms show', ['tos'], () => sim.describeTerms({ name: 'tos' }));
  const mine = '{"extends":"tos","name":"mine"}';
  await same('terms add', [mine], () => sim.describeTerms({ name: 'mine' }));
  const announced = async () => (await sim.listAnnouncements()).announcements.at(-1);
  await same('terms announce', ['mine', '--effective', '30d'], announced);
  await same('terms announcements', [], () => sim.listAnnouncements());
  await same('instance delete', ['r-1'], () => shown());
  await same('recyclebin list', [], () => sim.describeRecycleBin());
  const rebuilt = async () => (await sim.describeInstances()).instances.at(-1);
  await same('instance rebuild', ['r-1'], rebuilt);
  const newest = (await rebuilt())?.id ?? '';
  await same('instance destroy', [newest], () => shown(newest));
  await same('reset', [], () => sim.getClock());
  used.add('clock run');
  expect(await json('clock', 'run', '--rate', '2')).toMatchObject({ mode: 'running', rate: 2 });
  for (const [command] of JSON_STORY) used.add(command);
  const commands = Object.values(ACTIONS).map(({ cli }) => cli.command);
  const here = commands.filter((one) => !ABOUT_LOAD.test(one) && !ABOUT_BACKUPS.test(one));
  expect([...used].sort()).toEqual(here.sort());
});

const ALL: readonly Action[] = Object.values(ACTIONS);

test('with --json, the commands about orders, money and cases print what their actions answer', async ({
  run,
}) => {
  for (const [command, ...args] of JSON_STORY) {
    const printed = await said(run(...command.split(' '), ...args, '--json'));
    const action = ALL.find(({ cli }) => cli.command === command);
    const isSo = action !== undefined && Value.Check(action.output, JSON.parse(printed));
    expect(isSo, `${command}: ${printed}`).toBe(true);
  }
}, 180_000);

test('the whole story, word for word as the README tells it', async ({ run, sim }) => {
  await said(run('instance', 'create', '--name', 'demo'));
  const [instance] = (await sim.describeInstances()).instances;
  using redis = redisOf(instance as InstanceView);
  expect(await redis.set('greeting', 'hello')).toBe('OK');
  await said(run('account', 'set-balance', '0'));
  expect(await said(run('clock', 'advance', '2h'))).toMatchInlineSnapshot(`
    "2026-01-01 01:00:00  r-1 charged 0.21 CNY for one hour, balance -0.21  [clause 2.2.2]
    2026-01-01 01:00:00  account default owes 0.21 CNY  [clause 7.2.3.1]
    2026-01-01 01:00:00  r-1 active -> overdue (arrears-began)  [clause 7.2.3.1]
    2026-01-01 02:00:00  r-1 charged 0.21 CNY for one hour, balance -0.42  [clause 2.2.2]
    2026-01-01 02:00:00  daily backup of r-1: 1 key  [clause 3.1.11]
    the clock is at 2026-01-01T02:00:00Z, frozen"
  `);
  expect(await redis.set('greeting', 'hi')).toBe('OK');
  expect(await said(run('clock', 'advance', '24h'))).toMatchInlineSnapshot(`
    "2026-01-02 01:00:00  r-1 23 x charged 0.21 CNY for one hour, balance -5.25  [clause 2.2.2]
    2026-01-02 01:00:00  r-1 overdue -> frozen (grace-ended)  [clause 7.2.3.1]
    2026-01-02 02:00:00  r-1 charged 0.21 CNY for one hour, balance -5.46  [clause 2.2.2]
    2026-01-02 02:00:00  daily backup of r-1: 1 key  [clause 3.1.11]
    the clock is at 2026-01-02T02:00:00Z, frozen"
  `);
  expect(await redis.get('greeting')).toBe('hi');
  await expect(redis.set('greeting', 'x')).rejects.toThrow(
    "NOWRITE You can't write against a non-write redis",
  );
  await said(run('account', 'top-up', '100'));
  expect(await redis.set('greeting', 'back')).toBe('OK');
  await said(run('account', 'set-balance', '0'));
  expect(await said(run('clock', 'advance', '9d'))).toMatchInlineSnapshot(`
    "2026-01-02 03:00:00  r-1 charged 0.21 CNY for one hour, balance -0.21  [clause 2.2.2]
    2026-01-02 03:00:00  account default owes 0.21 CNY  [clause 7.2.3.1]
    2026-01-02 03:00:00  r-1 active -> overdue (arrears-began)  [clause 7.2.3.1]
    2026-01-03 02:00:00  daily backup of r-1: 1 key  [clause 3.1.11]
    2026-01-03 03:00:00  r-1 24 x charged 0.21 CNY for one hour, balance -5.25  [clause 2.2.2]
    2026-01-03 03:00:00  r-1 overdue -> frozen (grace-ended)  [clause 7.2.3.1]
    2026-01-10 02:00:00  7 x daily backup of r-1: its data has not changed, 1 key  [clause 3.1.11]
    2026-01-10 03:00:00  r-1 168 x charged 0.21 CNY for one hour, balance -40.53  [clause 2.2.2]
    2026-01-10 03:00:00  r-1 frozen -> deleted (retention-ended)  [clause 7.2.3.2]
    the clock is at 2026-01-11T02:00:00Z, frozen"
  `);
  await expect(RawClient.connect(instance?.port ?? 0)).rejects.toThrow('ECONNREFUSED');
  expect(await said(run('events'))).toMatchInlineSnapshot(`
    "2026-01-01 00:00:00  account default opened
    2026-01-01 00:00:00  account default topped up by 100.00 CNY, balance 100.00
    2026-01-01 00:00:00  r-1 requested: redis.master.small.default at 0.21 CNY an hour  [clause 2.1]
    2026-01-01 00:00:00  r-1 creating -> active (created)  [clause 7.1]
    2026-01-01 00:00:00  balance of account default set to 0.00 CNY
    2026-01-01 01:00:00  r-1 charged 0.21 CNY for one hour, balance -0.21  [clause 2.2.2]
    2026-01-01 01:00:00  account default owes 0.21 CNY  [clause 7.2.3.1]
    2026-01-01 01:00:00  r-1 active -> overdue (arrears-began)  [clause 7.2.3.1]
    2026-01-01 02:00:00  daily backup of r-1: 1 key  [clause 3.1.11]
    2026-01-02 01:00:00  r-1 24 x charged 0.21 CNY for one hour, balance -5.25  [clause 2.2.2]
    2026-01-02 01:00:00  r-1 overdue -> frozen (grace-ended)  [clause 7.2.3.1]
    2026-01-02 02:00:00  r-1 charged 0.21 CNY for one hour, balance -5.46  [clause 2.2.2]
    2026-01-02 02:00:00  daily backup of r-1: 1 key  [clause 3.1.11]
    2026-01-02 02:00:00  account default topped up by 100.00 CNY, balance 94.54
    2026-01-02 02:00:00  account default owes nothing any more  [clause 7.2.3.1]
    2026-01-02 02:00:00  r-1 frozen -> active (arrears-ended)  [clause 7.2.3.1]
    2026-01-02 02:00:00  balance of account default set to 0.00 CNY
    2026-01-02 03:00:00  r-1 charged 0.21 CNY for one hour, balance -0.21  [clause 2.2.2]
    2026-01-02 03:00:00  account default owes 0.21 CNY  [clause 7.2.3.1]
    2026-01-02 03:00:00  r-1 active -> overdue (arrears-began)  [clause 7.2.3.1]
    2026-01-03 02:00:00  daily backup of r-1: 1 key  [clause 3.1.11]
    2026-01-03 03:00:00  r-1 24 x charged 0.21 CNY for one hour, balance -5.25  [clause 2.2.2]
    2026-01-03 03:00:00  r-1 overdue -> frozen (grace-ended)  [clause 7.2.3.1]
    2026-01-10 02:00:00  7 x daily backup of r-1: its data has not changed, 1 key  [clause 3.1.11]
    2026-01-10 03:00:00  r-1 168 x charged 0.21 CNY for one hour, balance -40.53  [clause 2.2.2]
    2026-01-10 03:00:00  r-1 frozen -> deleted (retention-ended)  [clause 7.2.3.2]"
  `);
  const readme = readFileSync(join(import.meta.dirname, '../../README.md'), 'utf8');
  const block = /<!-- timeline: [^]*?```\n([^]*?)```/.exec(readme)?.[1];
  expect(`${await said(run('timeline', 'r-1'))}\n`).toBe(block);
  expect(await said(run('instance', 'show', 'r-1'))).toMatch(/^state +deleted$/m);
});

test('a story longer than a page is told to its end', async ({ run, sim }) => {
  await sim.setAccountBalance({ balance: 10_000 });
  await sim.createInstance();
  await sim.modifyBackupPolicy({ instance: 'r-1', enabled: 'off' });
  expect(await said(run('clock', 'advance', '100d'))).toBe(
    [
      '2026-04-11 00:00:00  r-1 2400 x charged 0.21 CNY for one hour, balance 9496.00  [clause 2.2.2]',
      'the clock is at 2026-04-11T00:00:00Z, frozen',
    ].join('\n'),
  );
  const all = JSON.parse(await said(run('events', '--json'))) as { events: unknown[] };
  expect(all).toMatchObject({ next: null });
  expect(all.events).toHaveLength(2406);
  const ledger = await said(run('account', 'ledger'));
  expect(ledger.split('\n')).toHaveLength(1 + 2402);
  const limited = JSON.parse(await said(run('events', '--json', '--limit', '3'))) as object;
  expect(limited).toMatchObject({ next: 3 });
});

test('events are told by type, clause and virtual time, and backwards', async ({ run, sim }) => {
  await sim.createInstance();
  await sim.createInstance();
  await sim.setAccountBalance({ balance: '0.42' });
  await sim.advanceClock({ by: '27h' });
  const seqs = async (...args: readonly string[]) => {
    const { events } = JSON.parse(await said(run('events', '--json', ...args))) as {
      events: { seq: number; type: string }[];
    };
    return events.map(({ seq, type }) => `${String(seq)} ${type}`);
  };
  const moves = await seqs('--clause', '7.2.3');
  expect(moves.map((one) => one.split(' ')[1])).toEqual([
    ...['arrears-began', 'state-changed', 'state-changed', 'state-changed', 'state-changed'],
  ]);
  expect(await seqs('--clause', '7.2.3.1', '--order', 'desc')).toEqual([...moves].reverse());
  const [first = ''] = moves;
  expect(await seqs('--type', 'arrears-began,topped-up')).toEqual(['2 topped-up', first]);
  const frozen = ['--from', '2026-01-02T02:00:00Z', '--to', '2026-01-02T02:00:00Z'];
  expect(await seqs(...frozen, '--type', 'state-changed')).toEqual(moves.slice(3));
  expect(await seqs(...frozen, '--instance', 'r-2', '--clause', '7')).toEqual(moves.slice(4));
  expect(await said(run('events', '--from', '2027-01-01'))).toBe('nothing happened yet');
  const wrong = await run('events', '--type', 'charged,melted');
  expect([wrong.code, wrong.stderr]).toEqual([
    2,
    expect.stringMatching(/^error: type: must be one of account-opened, .*, got "melted"/),
  ]);
  const [clause, from] = [
    await run('events', '--clause', '7.2.'),
    await run('events', '--from', 'x'),
  ];
  expect([clause.code, from.code]).toEqual([2, 2]);
});

test('the timeline tells the life of one or of all, narrowed to a clause or a time', async ({
  run,
  sim,
}) => {
  await sim.createInstance();
  await sim.createInstance();
  await sim.setAccountBalance({ balance: '10' });
  await sim.advanceClock({ by: '27h' });
  expect(await said(run('timeline', '--from', '2026-01-01T20:00:00Z'))).toMatchInlineSnapshot(`
    "2026-01-02 00:00:00  +1d             r-1    2.2.2    5 x charged 0.21 CNY for one hour, balance 0.13
    2026-01-02 00:00:00  +1d             r-2    2.2.2    5 x charged 0.21 CNY for one hour, balance -0.08
    2026-01-02 00:00:00  +1d             -      7.2.3.1  account default owes 0.08 CNY
    2026-01-02 00:00:00  +1d             r-1    7.2.3.1  r-1 active -> overdue (arrears-began)
    2026-01-02 00:00:00  +1d             r-2    7.2.3.1  r-2 active -> overdue (arrears-began)
    2026-01-02 02:00:00  +1d2h           r-1    3.1.11   daily backup of r-1: its data has not changed, 0 keys
    2026-01-02 02:00:00  +1d2h           r-2    3.1.11   daily backup of r-2: its data has not changed, 0 keys
    2026-01-02 03:00:00  +1d3h           r-1    2.2.2    3 x charged 0.21 CNY for one hour, balance -1.13
    2026-01-02 03:00:00  +1d3h           r-2    2.2.2    3 x charged 0.21 CNY for one hour, balance -1.34"
  `);
  expect(await said(run('timeline', 'r-2', '--clause', '7', '--to', '2026-01-02')))
    .toMatchInlineSnapshot(`
      "2026-01-01 00:00:00  +0s             r-2    7.1      r-2 creating -> active (created)
      2026-01-02 00:00:00  +1d             r-2    7.2.3.1  r-2 active -> overdue (arrears-began)"
    `);
  const told = await sim.describeTimeline({
    instance: 'r-2',
    type: 'charged',
    from: '2026-01-01T02:00:00Z',
  });
  expect(told.lines).toMatchObject([
    { count: 26, since: '1d3h', begin: '2026-01-01T02:00:00Z', at: '2026-01-02T03:00:00Z' },
  ]);
  expect((await run('timeline', 'r-9')).stderr).toMatch(/^error: no instance "r-9"/);
});

test('events can be followed: what was, then what happens, until the simulator ends', async ({
  sim,
}) => {
  const env = { FROSTGATE_URL: sim.apiUrl ?? '' };
  await sim.createInstance();
  await using text = new Running(['events', '--follow'], env);
  await using json = new Running(['events', '--follow', '--json', '--type', 'state-changed'], env);
  await using later = new Running(['events', '--follow', '--after', '4'], env);
  await text.says(/r-1 creating -> active/);
  await json.says(/creating -> active/);
  await later.says(/nothing happened yet/);
  await sim.setAccountBalance({ balance: 0 });
  await sim.advanceClock({ by: '1h' });
  await text.says(/r-1 active -> overdue/);
  await json.says(/active -> overdue/);
  await later.says(/active -> overdue/);
  await sim.close();
  expect(await Promise.all([text.ended, json.ended, later.ended])).toEqual([0, 0, 0]);
  expect([text.stderr, json.stderr, later.stderr]).toEqual(['', '', '']);
  expect(text.stdout).toMatchInlineSnapshot(`
    "2026-01-01 00:00:00  account default opened
    2026-01-01 00:00:00  account default topped up by 100.00 CNY, balance 100.00
    2026-01-01 00:00:00  r-1 requested: redis.master.small.default at 0.21 CNY an hour  [clause 2.1]
    2026-01-01 00:00:00  r-1 creating -> active (created)  [clause 7.1]
    2026-01-01 00:00:00  balance of account default set to 0.00 CNY
    2026-01-01 01:00:00  r-1 charged 0.21 CNY for one hour, balance -0.21  [clause 2.2.2]
    2026-01-01 01:00:00  account default owes 0.21 CNY  [clause 7.2.3.1]
    2026-01-01 01:00:00  r-1 active -> overdue (arrears-began)  [clause 7.2.3.1]
    "
  `);
  expect(
    json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  ).toMatchObject([
    { seq: 4, type: 'state-changed', data: { from: 'creating', to: 'active' } },
    { seq: 8, type: 'state-changed', data: { from: 'active', to: 'overdue' } },
  ]);
});

test('whoever reads no more ends the command without a trace: events | head', async ({ sim }) => {
  await sim.setAccountBalance({ balance: 10_000 });
  await sim.createInstance();
  await sim.advanceClock({ by: '100d' });
  const command = `"${process.execPath}" "${BIN}" events --json | head -n 1`;
  const env = { ...cleanEnvironment(), FROSTGATE_URL: sim.apiUrl ?? '' };
  const child = spawn('sh', ['-c', command], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => (output += part));
  }
  await once(child, 'close');
  expect(output).toBe('{\n');
});

test('wrong usage is told with what would be right, and ends with 2', async ({ run, sim }) => {
  const before = await worldOf(sim);
  const cases: readonly (readonly [args: string, says: RegExp])[] = [
    ['', /Usage: frostgate/],
    ['frobnicate', /unknown command 'frobnicate'/],
    ['instanec list', /Did you mean instance\?/],
    ['instance', /Usage: frostgate instance/],
    ['instance frobnicate', /unknown command 'frobnicate'/],
    ['instance show', /missing required argument 'id'/],
    ['instance list --frobnicate', /unknown option '--frobnicate'/],
    ['instance create --nam demo', /Did you mean --name\?/],
    ['instance create --name', /option '--name <value>' argument missing/],
    ['clock advance 8 days', /too many arguments/],
    ['up --prots 1-2', /Did you mean --ports\?/],
    ['clock advance soon', /by: is not a duration, got "soon"\. Give a number and a unit/],
    ['clock set 2025-01-01', /only goes forward: it is 2026-01-01T00:00:00Z, and 2025-01-01T/],
    ['account top-up -5', /amount: must not be negative, got "-5"\. Give an amount/],
    ['account top-up 1,000', /amount: is not an amount of money, got "1,000"\. Give an amount/],
    ['instance create --instance-class huge', /no instance class "huge"\. .*redis\.master\.small/],
    ['instance create --port 70000', /port: must be <= 65535, got "70000"/],
    ['status --url ftp://here', /--url: is not the address of an API, got "ftp:\/\/here"\. Give/],
    ['up --engine steam', /--engine: is no engine, got "steam"\. One of auto, docker/],
    ['up --ports 10', /--ports: is not a range of ports, got "10"\. Give one such as 6400-6499/],
  ];
  const outcomes = await inTurns(cases, ([args]) => run(...args.split(' ').filter(Boolean)));
  for (const [index, { code, stdout, stderr }] of outcomes.entries()) {
    const [args, says] = cases[index] ?? ['', /./];
    expect.soft(stderr, args).toMatch(says);
    expect.soft(stderr, args).not.toMatch(/\n\s+at /);
    expect.soft([args, code, stdout]).toEqual([args, 2, '']);
  }
  expect(await worldOf(sim)).toEqual(before);
});

test('what fails is told on stderr with thing, value and way out, and ends with 1', async ({
  run,
  sim,
}) => {
  await sim.openAccount({ account: 'poor' });
  const before = await worldOf(sim);
  const cases: readonly (readonly [args: string, code: string, says: string])[] = [
    [
      'instance show r-9',
      'InstanceNotFound',
      'error: no instance "r-9". Instances there are: none yet\n',
    ],
    [
      'account show nobody',
      'AccountNotFound',
      'error: no account "nobody". Accounts there are: default, poor\n',
    ],
    [
      'account open poor',
      'AccountExists',
      'error: there is an account "poor" already. Top it up, or open one by another name\n',
    ],
    [
      'instance create --account poor',
      'InsufficientBalance',
      'error: account "poor" has 0.00 CNY, and an instance of class redis.master.small.default needs at least one hour: 0.21 CNY. Top it up first\n',
    ],
  ];
  for (const [args, code, says] of cases) {
    expect(await run(...args.split(' '))).toEqual({ code: 1, stdout: '', stderr: says });
    const asJson = await run(...args.split(' '), '--json');
    expect(asJson).toMatchObject({ code: 1, stdout: '' });
    const { error } = JSON.parse(asJson.stderr) as { error: { code: string; message: string } };
    expect(error.code).toBe(code);
    expect(`error: ${error.message}\n`).toBe(says);
  }
  expect(await worldOf(sim)).toEqual(before);
});

test('where no simulator runs, every command says how to start one', async () => {
  const url = `http://127.0.0.1:${String(await freeLoopbackPort())}`;
  for (const args of [['status'], ['events', '--follow'], ['clock', 'advance', '1h']]) {
    const { code, stdout, stderr } = await frostgate(args, { FROSTGATE_URL: url });
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `error: no simulator answers at ${url} (connect ECONNREFUSED ${url.slice(7)}). Start one with "npm start" or "npx frostgate up", or name another with --url or FROSTGATE_URL\n`,
    );
  }
});

test('where something else answers, every command says so', async () => {
  const server = createServer((_, response) => response.end('<html>welcome</html>'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const { code, stderr } = await frostgate(['status', '--url', url]);
  server.close();
  expect(code).toBe(1);
  expect(stderr).toContain(
    `no simulator answers at ${url} (something else does, with status 200: <html>welcome</html>)`,
  );
});

test('a simulator that wants a token gets it from --token or FROSTGATE_TOKEN', async () => {
  await using sim = await simulator({ token: 'of my own' });
  const env = { FROSTGATE_URL: sim.apiUrl ?? '' };
  const refused = await frostgate(['status'], env);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toMatch(/^error: this simulator wants its token: .*FROSTGATE_TOKEN/);
  expect((await frostgate(['status'], { ...env, FROSTGATE_TOKEN: 'of my own' })).code).toBe(0);
  expect((await frostgate(['status', '--token', 'of my own'], env)).code).toBe(0);
});

test('there is colour on a terminal only, and not where NO_COLOR is set', async () => {
  const args = ['instance', 'list', '--url', 'ftp://here'];
  const piped = await frostgate(args);
  expect(piped.stderr).toMatch(/^error: --url/);
  const quoted = [process.execPath, BIN, ...args].map((part) => `'${part}'`).join(' ');
  const onTerminal = (env: NodeJS.ProcessEnv): string =>
    spawnSync('script', ['-qec', quoted, '/dev/null'], { env, encoding: 'utf8' }).stdout;
  expect(onTerminal(cleanEnvironment())).toContain('\u001b[31merror:\u001b[39m --url');
  expect(onTerminal({ ...cleanEnvironment(), NO_COLOR: '1' })).toMatch(/^error: --url/);
});

test('--help and --version say what there is, and end with 0', async () => {
  expect(await frostgate(['--version'])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: '' });
  for (const args of [['--help'], ['help'], ['help', 'clock'], ['clock', '--help']]) {
    expect(await frostgate(args)).toMatchObject({ code: 0, stderr: '' });
  }
  const help = await said(frostgate(['instance', 'create', '--help']));
  expect(help).toContain('--wire-profile <value>');
  expect(help.replace(/\s+/g, ' ')).toContain('apsaradb, apsaradb-2018, redis [apsaradb]');
});

test('`up` says where everything is and what to try next, and Ctrl-C ends it in order', async () => {
  await using directory = await temporaryDirectory();
  const from = await freeLoopbackPort();
  const ports = `${String(from)}-${String(from + 50)}`;
  await using up = upIn(directory.path, ports, '--demo');
  await up.says(/Ctrl-C ends it/);
  const [, apiUrl = ''] = await up.says(/API +(http:\/\/127\.0\.0\.1:\d+)/);
  const [, address = '', port = ''] = await up.says(/demo +(redis:\/\/127\.0\.0\.1:(\d+))/);
  expect(up.stdout).toMatch(/^Frostgate is up\. Engine .*redis-server \S+ \(\S+\).*$/m);
  expect(up.stdout).toContain(`redis-cli -p ${port} set greeting hello`);
  expect(up.stdout).toContain('npx frostgate clock advance');
  expect(address).toBe(`redis://127.0.0.1:${port}`);
  using redis = redisOf({ port: Number(port) });
  expect(await redis.set('greeting', 'hello')).toBe('OK');
  const run = frostgateAt(apiUrl);
  expect(await said(run('instance', 'list'))).toContain(address);
  up.signal('SIGINT');
  expect(await up.ended).toBe(0);
  expect(up.stderr).toContain('SIGINT: closing, the instances come back at the next start');
  expect(up.stderr).not.toMatch(/error|\n\s+at /i);
  await expect(RawClient.connect(Number(port))).rejects.toThrow('ECONNREFUSED');
  expect(await run('status')).toMatchObject({ code: 1 });
  await until('all processes ended', () => processesIn(directory.path).length === 0);
});

test('after the story of the README, the next start says how to begin anew', async () => {
  await using directory = await temporaryDirectory();
  const from = await freeLoopbackPort();
  const ports = `${String(from)}-${String(from + 50)}`;
  {
    await using up = upIn(directory.path, ports, '--demo');
    const [, url] = await up.says(/API +(http:\/\/127\.0\.0\.1:\d+)/);
    const client = connectTo({ url: url ?? '', token: undefined });
    await client.setAccountBalance({ balance: 0 });
    await client.advanceClock({ by: '9d' });
    up.signal('SIGINT');
    expect(await up.ended).toBe(0);
  }
  await using again = upIn(directory.path, ports, '--demo');
  const [, url] = await again.says(/API +(http:\/\/127\.0\.0\.1:\d+)/);
  expect(again.stderr).toMatch(
    /^No demo instance: account "default" has -\S+ CNY.*npx frostgate reset$/m,
  );
  const run = frostgateAt(url ?? '');
  await said(run('reset'));
  expect(await said(run('instance', 'create'))).toContain('active');
});

interface Ready {
  readonly apiUrl: string;
  readonly engine: string;
  readonly tokenRequired: boolean;
  readonly instances: readonly InstanceView[];
}

test.for([
  ['SIGINT', 'it'],
  ['SIGTERM', 'it'],
  ['SIGHUP', 'it'],
  // The process engine's Redis is in the same session, and in a process group of its own.
  ['SIGINT', 'all of its process group'],
  ['SIGTERM', 'all of its process group'],
] as const)(
  'after %s to %s and a new start everything is as it was: port, ledger, virtual time, data',
  async ([signal, to]) => {
    await using directory = await temporaryDirectory();
    const from = await freeLoopbackPort();
    const ports = `${String(from)}-${String(from + 50)}`;
    let before: unknown;
    let first: Ready;
    {
      const start = to === 'it' ? upIn : upApart;
      await using up = start(directory.path, ports, '--demo', '--json');
      first = JSON.parse((await up.says(/^\{.*\}$/m))[0]) as Ready;
      expect(first).toMatchObject({ tokenRequired: false });
      expect(first.instances).toMatchObject([{ id: 'r-1', name: 'demo', state: 'active' }]);
      using redis = redisOf(first.instances[0] as InstanceView);
      await redis.set('greeting', 'hello');
      const client = connectTo({ url: first.apiUrl, token: undefined });
      await client.setAccountBalance({ balance: 0 });
      await client.advanceClock({ by: '26h' });
      before = await worldOf(client);
      if (to === 'it') up.signal(signal);
      else up.signalAll(signal);
      expect(await up.ended).toBe(0);
      await until('all processes ended', () => processesIn(directory.path).length === 0);
    }
    await using again = upIn(directory.path, ports, '--demo', '--json');
    const second = JSON.parse((await again.says(/^\{.*\}$/m))[0]) as Ready;
    expect(second.instances[0]?.port).toBe(first.instances[0]?.port);
    const client = connectTo({ url: second.apiUrl, token: undefined });
    expect(await worldOf(client)).toEqual(before);
    using redis = redisOf(second.instances[0] as InstanceView);
    expect(await redis.get('greeting')).toBe('hello');
    await expect(redis.set('greeting', 'x')).rejects.toThrow('NOWRITE');
    await client.topUpAccount({ amount: 100 });
    expect(await redis.set('greeting', 'back')).toBe('OK');
  },
);

/** A few at a time: each is a process. */
async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < items.length; at += 4) {
    results.push(...(await Promise.all(items.slice(at, at + 4).map(work))));
  }
  return results;
}

test('a story that began between two seconds is told in whole ones, in columns', () => {
  const at = '2026-01-09T12:36:47.642Z';
  const event = { seq: 1, at, accountId: null, instanceId: 'r-1', text: 'r-1 is there', type: 'x' };
  const lines = ['8d12h36m47s642ms', '642ms'].map((since) =>
    storyLine({
      ...{ at, since, count: 1, begin: at, seq: 1 },
      event: { ...event, clause: '7.1', data: {} },
    }),
  );
  expect(lines).toEqual([
    '2026-01-09 12:36:47  +8d12h36m47s    r-1    7.1      r-1 is there',
    '2026-01-09 12:36:47  +0s             r-1    7.1      r-1 is there',
  ]);
});

/** Backups on the command line and over HTTP: what each command prints, what goes wrong, and what is on the disk meanwhile. */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { withProgress } from '../../src/cli/progress.js';
import { ACTIONS } from '../../src/control-plane/actions/index.js';
import type { Simulator } from '../../src/index.js';
import { again, filesOf } from '../support/backups.js';
import { connectTo } from '../support/backends.js';
import { frostgateAt, type Outcome } from '../support/cli.js';
import { processAndDocker } from '../support/docker.js';
import { simulator, temporaryDirectory } from '../support/simulator.js';

type Cli = ReturnType<typeof frostgateAt>;

test('with --json every command of backups prints what the API answers', async () => {
  await using directory = await temporaryDirectory();
  await using sim = await simulator({ dataDir: directory.path });
  const { port } = await sim.createInstance();
  await again(port, (redis) => redis.set('colour', 'blue'));
  const file = join(directory.path, 'carried-out.rdb');
  const show = (backup: string) => () => sim.describeBackup({ backup });
  const shown = async () => (await sim.describeInstances()).instances[0];
  const policy = () => sim.describeBackupPolicy({ instance: 'r-1' });
  const planned = async () => (await sim.listBackupFailures()).failures.at(-1);
  const story: readonly (readonly [string, readonly string[], () => unknown])[] = [
    ['backup take', ['r-1', '--backup-retention-period', '30'], show('bk-1')],
    ['backup show', ['bk-1'], show('bk-1')],
    ['backup list', ['--instance', 'r-1'], () => sim.describeBackups({ instance: 'r-1' })],
    ['backup export', ['bk-1', file], () => ({ file, bytes: expect.any(Number) as number })],
    ['backup import', ['r-1', file], show('bk-2')],
    ['backup restore', ['r-1', 'bk-1'], shown],
    ['backup delete', ['bk-2'], () => ({ deleted: 'bk-2' })],
    ['backup set-policy', ['r-1', '--preferred-backup-time', '04:00Z-05:00Z'], policy],
    ['backup policy', ['r-1'], policy],
    ['backup fail', ['r-1', '--rate', '0.5', '--seed', '7'], planned],
    ['backup failures', [], () => sim.listBackupFailures()],
    ['backup mend', ['bf-1'], () => ({ cancelled: 'bf-1' })],
  ];
  const cli = frostgateAt(sim.apiUrl);
  for (const [command, args, expected] of story) {
    const { stdout, stderr } = await cli(...command.split(' '), ...args, '--json');
    expect(stdout, `${command}: ${stderr}`).not.toBe('');
    expect(JSON.parse(stdout), command).toEqual(await expected());
  }
  const commands = Object.values(ACTIONS).map(({ cli: { command } }) => command);
  const ofBackups = commands.filter((command) => command.startsWith('backup '));
  expect(story.map(([command]) => command).sort()).toEqual(ofBackups.sort());
});

const DRAWN_BY_SEED_7 = [
  'success', // the late one, planned apart
  ...['failed', 'failed', 'success', 'failed', 'success', 'success'],
];

test('an instance tells its last good backup, how old it is, and when the next one is taken; events tell sizes', async () => {
  await using sim = await simulator();
  const cli = frostgateAt(sim.apiUrl);
  await sim.createInstance();
  const began = Date.now();
  await sim.advanceClock({ by: '12h' });
  const { stdout } = await cli('instance', 'show', 'r-1');
  expect(stdout).toMatch(/^lastBackup +bk-1, 10h old \(2026-01-01T02:00:00Z\)$/m);
  expect(stdout).toMatch(/^nextBackup +2026-01-02T02:00:00Z$/m);
  await sim.planBackupFailure({ instance: 'r-1' });
  await sim.advanceClock({ by: '1d' });
  const [shown] = (await sim.describeInstances()).instances;
  // One that failed is none to rely on.
  const last = { id: 'bk-1', startedAt: '2026-01-01T02:00:00Z', age: '1d10h' };
  expect(shown).toMatchObject({ lastBackup: last, nextBackup: '2026-01-03T02:00:00Z' });
  const [finished] = (await sim.listEvents({ type: 'backup-finished' })).events;
  // Of which moment its data is, and when that was by the machine's clock.
  const { startedAt, realAt } = await sim.describeBackup({ backup: 'bk-1' });
  expect(startedAt).toBe('2026-01-01T02:00:00Z');
  expect(Date.parse(realAt ?? '')).toBeGreaterThanOrEqual(began);
  expect(Date.parse(realAt ?? '')).toBeLessThanOrEqual(Date.now());
  const { bytes, keys } = await sim.describeBackup({ backup: 'bk-1' });
  expect(finished?.data).toMatchObject({ bytes: String(bytes), keys: String(keys) });
});

test('whoever waits at a terminal for more than a second is told how far it is', async () => {
  await using sim = await simulator();
  const { port } = await sim.createInstance();
  const fill = `for at = 1, 100000 do redis.call('SET', at, string.sub(ARGV[1], at, at + 999)) end`;
  await again(port, (redis) => redis.eval(fill, 0, randomBytes(101_000)));
  const { bytes } = await sim.createBackup({ instance: 'r-1' });
  const shown: string[] = [];
  const write = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    shown.push(String(text));
    return true;
  });
  try {
    await withProgress(sim, 'redrawn', () =>
      sim.restoreInstance({ instance: 'r-1', backup: 'bk-1' }),
    );
  } finally {
    write.mockRestore();
  }
  expect(shown.join('')).toContain(`bk-1 is brought to r-1 (${String(bytes)} bytes)`);
});

/** Whoever asks, and how they are told that no backup came of it. */
const WAYS = {
  'the API': {
    plan: (sim: Simulator, _: Cli, how: readonly string[]) =>
      sim.planBackupFailure({ instance: 'r-1', ...inputOf(how) }),
    take: async (sim: Simulator) =>
      sim.createBackup({ instance: 'r-1' }).then(
        () => 'a backup',
        (error: unknown) => String(error),
      ),
  },
  'the command line': {
    plan: async (_: Simulator, cli: Cli, how: readonly string[]) =>
      ok(await cli('backup', 'fail', 'r-1', ...how)),
    take: async (_: Simulator, cli: Cli) => {
      const { code, stderr } = await cli('backup', 'take', 'r-1');
      return code === 0 ? 'a backup' : stderr;
    },
  },
};

describe.each(Object.entries(WAYS))('over %s', (_, { plan, take }) => {
  test.each([
    ['fails', 'it was planned to fail'],
    ['incomplete', 'is not whole'],
    ['checksum', 'its checksum is not that of its bytes'],
  ])(
    'a backup can be made to go wrong (%s), asked for or daily; an event says so, no file is left, and the next one is there',
    async (kind, why) => {
      await using directory = await temporaryDirectory();
      await using sim = await simulator({ dataDir: directory.path });
      const cli = frostgateAt(sim.apiUrl);
      const { port } = await sim.createInstance();
      await again(port, (redis) => redis.set('colour', 'blue'));
      await plan(sim, cli, ['--kind', kind, '--times', '2']);
      const told = await take(sim, cli);
      expect(told).toContain(why);
      expect(told).toContain('take another one');
      await sim.advanceClock({ by: '1d' });
      expect(await states(sim)).toEqual(['Manual failed', 'Automated failed']);
      expect(await filesOf(directory.path)).toEqual([]);
      expect(await take(sim, cli)).toBe('a backup');
      await sim.advanceClock({ by: '1d' });
      expect((await states(sim)).slice(2)).toEqual(['Manual success', 'Automated success']);
      expect(await filesOf(directory.path)).toEqual(['bk-3.rdb']);
      const { events } = await sim.listEvents({ type: 'backup-failed' });
      expect(events.map(({ clause, text }) => [clause, text.includes(why)])).toEqual([
        ['3.1.11', true],
        ['3.1.11', true],
      ]);
      // Nothing is owed for it, and nobody was kept from anything.
      expect((await sim.listClaims()).claims).toEqual([]);
      expect(await again(port, (redis) => redis.get('colour'))).toBe('blue');
    },
  );

  test('a daily one can be made late, and a share of them by a seed', async () => {
    await using sim = await simulator();
    const cli = frostgateAt(sim.apiUrl);
    await sim.createInstance();
    await sim.topUpAccount({ amount: 10_000 });
    await plan(sim, cli, ['--kind', 'late', '--late', '3h']);
    await sim.advanceClock({ by: '1d' });
    const [late] = (await sim.describeBackups()).backups;
    expect(late).toMatchObject({ state: 'success', startedAt: '2026-01-01T05:00:00Z' });
    await plan(sim, cli, ['--rate', '0.5', '--seed', '7']);
    await sim.advanceClock({ by: '6d' });
    // What the seed draws, whoever plans it.
    expect((await states(sim)).map((state) => state.split(' ')[1])).toEqual(DRAWN_BY_SEED_7);
  });
});

describe.each(await processAndDocker())('on the $engine engine', ({ engine, missing, leftOut }) => {
  test.skipIf(missing !== null)(
    `files are on the disk for as long as their backups are kept, and no longer than their instance${leftOut}`,
    async () => {
      await using directory = await temporaryDirectory();
      await using sim = await simulator({ engine, dataDir: directory.path });
      const { port } = await sim.createInstance();
      await sim.topUpAccount({ amount: 1_000 });
      await sim.createBackup({ instance: 'r-1', backupRetentionPeriod: 30 });
      await sim.createBackup({ instance: 'r-1', backupRetentionPeriod: -1 });
      for (const day of ['first', 'second', 'third']) {
        await again(port, (redis) => redis.set('day', day));
        await sim.advanceClock({ by: '1d' });
      }
      // Nothing was written between the two that were asked for.
      const files = ['bk-1.rdb', 'bk-3.rdb', 'bk-4.rdb', 'bk-5.rdb'];
      expect(await filesOf(directory.path)).toEqual(files);
      // The first two days are over after seven more; what the third one wrote is what there is.
      await sim.advanceClock({ by: '7d' });
      expect(await filesOf(directory.path)).toEqual(['bk-1.rdb', 'bk-5.rdb']);
      await sim.advanceClock({ by: '30d' });
      // That of the 30 days is over; the one that is kept as long as its instance has the same file.
      const kept = (await sim.describeBackups()).backups.filter(({ mode }) => mode === 'Manual');
      expect(kept).toMatchObject([{ id: 'bk-2', file: 'bk-1.rdb', keptUntil: null }]);
      expect(await filesOf(directory.path)).toEqual(['bk-1.rdb', 'bk-5.rdb']);
      // Arrears, and the end of the instance (7.2.3.2): nothing of it is left when the advance is over.
      await sim.setAccountBalance({ balance: 0 });
      await sim.advanceClock({ by: '9d' });
      expect((await sim.describeInstances()).instances).toEqual([]);
      expect((await sim.describeBackups()).backups).toEqual([]);
      expect(await filesOf(directory.path)).toEqual([]);
    },
  );

  test.skipIf(missing !== null)(
    `a new instance has the accounts, parameters and whitelist of then only where they are asked for${leftOut}`,
    async () => {
      await using sim = await simulator({ engine });
      await sim.createInstance({ password: 'Geheim_123' });
      const account = { id: 'r-1', accountName: 'reader', password: 'Reader_123' };
      await sim.createAccount(account);
      await sim.modifySecurityIps({ id: 'r-1', securityIps: '127.0.0.1,10.0.0.0/8' });
      await sim.modifyInstanceConfig({ id: 'r-1', config: { timeout: '77' } });
      await sim.createBackup({ instance: 'r-1' });
      await sim.deleteAccount({ id: 'r-1', accountName: 'reader' });
      const recover = 'whitelist,config,account';
      const like = await sim.createInstance({ fromBackup: 'bk-1', recover });
      const plain = await sim.createInstance({ fromBackup: 'bk-1' });
      const settingsOf = async (id: string) => ({
        accounts: (await sim.describeAccounts({ id })).accounts.map(
          ({ accountName }) => accountName,
        ),
        whitelist: JSON.stringify(await sim.describeSecurityIps({ id })).includes('10.0.0.0/8'),
        timeout: JSON.stringify(await sim.describeParameters({ id })).includes('77'),
      });
      expect(await settingsOf(like.id)).toMatchObject({ whitelist: true, timeout: true });
      expect((await settingsOf(like.id)).accounts).toContain('reader');
      expect(await settingsOf(plain.id)).toMatchObject({ whitelist: false, timeout: false });
      expect((await settingsOf(plain.id)).accounts).not.toContain('reader');
      const where = { host: '127.0.0.1', port: like.port ?? 0 };
      using customer = connectTo({ ...where, password: 'Geheim_123' });
      using reader = connectTo({ ...where, username: 'reader', password: 'Reader_123' });
      expect(await Promise.all([customer.ping(), reader.ping()])).toEqual(['PONG', 'PONG']);
    },
  );
});

/** Only root may make a disk that is full at once. */
const canMount = process.getuid?.() === 0 && process.platform === 'linux';

test.skipIf(!canMount)(
  `on a full disk backups fail and say so, a restore does not begin, and clients notice nothing${canMount ? '' : ', LEFT OUT: only root can mount a small disk'}`,
  async () => {
    await using directory = await temporaryDirectory();
    const disk = join(directory.path, 'backups');
    mkdirSync(disk);
    const mount = (...args: string[]) => execFileSync('mount', args);
    mount('-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk);
    try {
      await using sim = await simulator({ dataDir: directory.path });
      const cli = frostgateAt(sim.apiUrl);
      const { port } = await sim.createInstance();
      await sim.createBackup({ instance: 'r-1' });
      // More than there is room for, of what nothing compresses.
      const long = randomBytes(512 * 1024);
      await again(port, (redis) => redis.set('long', long));
      const taken = await cli('backup', 'take', 'r-1');
      expect(taken).toMatchObject({ code: 1, stdout: '' });
      expect(taken.stderr).toMatch(
        /backup bk-2 of instance "r-1" failed: .*the disk is full, make room/s,
      );
      const restored = sim.restoreInstance({ instance: 'r-1', backup: 'bk-1' });
      await expect(restored).rejects.toMatchObject({ code: 'BackupNotTaken' });
      expect(await again(port, (redis) => redis.strlen('long'))).toBe(long.length);
      await sim.advanceClock({ by: '1d' });
      expect(await states(sim)).toEqual([
        ...['Manual success', 'Manual failed', 'Manual failed', 'Automated failed'],
      ]);
      const { events } = await sim.listEvents({ type: 'backup-failed' });
      for (const { text } of events) expect(text).toMatch(/no space left.*make room/);
      expect(events).toHaveLength(3);
      expect(await filesOf(directory.path)).toEqual(['bk-1.rdb']);
      mount('-o', 'remount,size=4m', disk);
      await sim.advanceClock({ by: '1d' });
      expect((await states(sim)).at(-1)).toBe('Automated success');
      expect(await filesOf(directory.path)).toEqual(['bk-1.rdb', 'bk-5.rdb']);
    } finally {
      execFileSync('umount', [disk]);
    }
  },
);

async function states(sim: Simulator): Promise<string[]> {
  const { backups } = await sim.describeBackups();
  return backups.map(({ mode, state }) => `${mode} ${state}`);
}

function ok({ code, stderr }: Outcome): void {
  expect(code, stderr).toBe(0);
}

function inputOf(how: readonly string[]): Record<string, string | number> {
  const pairs = how.flatMap((word, at) =>
    word.startsWith('--') ? [[word.slice(2), how[at + 1] ?? ''] as const] : [],
  );
  return Object.fromEntries(
    pairs.map(([name, value]) => [name, Number.isNaN(Number(value)) ? value : Number(value)]),
  );
}

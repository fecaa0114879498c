/** Backups as they are decided: when they are taken, how long they are kept, what goes wrong, and how they come back. */
import { describe, expect, test } from 'vitest';
import type { Backup } from '../../src/control-plane/core/backup-record.js';
import { formatInstant } from '../../src/control-plane/core/duration.js';
import { FakeWorld, timelineOf } from '../support/fake-world.js';

const DAILY = { dailyBackups: null } as const;

describe('daily backups', () => {
  test('are taken when the window begins, and kept for seven days', async () => {
    await using world = await FakeWorld.open();
    await world.create(DAILY);
    world.write('r-1', 'colour', 'blue');
    await world.advance('1d');
    world.write('r-1', 'colour', 'red');
    await world.advance('9d');
    expect(backupStory(world)).toBe(`
01-01 02:00                3.1.11   daily backup of r-1: 19 bytes, 1 key
01-02 02:00                3.1.11   daily backup of r-1: 18 bytes, 1 key
01-03 02:00                3.1.11   daily backup of r-1: its data has not changed, 18 bytes, 1 key
01-04 02:00                3.1.11   daily backup of r-1: its data has not changed, 18 bytes, 1 key
01-05 02:00                3.1.11   daily backup of r-1: its data has not changed, 18 bytes, 1 key
01-06 02:00                3.1.11   daily backup of r-1: its data has not changed, 18 bytes, 1 key
01-07 02:00                3.1.11   daily backup of r-1: its data has not changed, 18 bytes, 1 key
01-08 02:00                3.1.11   daily backup of r-1: its data has not changed, 18 bytes, 1 key
01-09 02:00                3.1.11   daily backup of r-1: its data has not changed, 18 bytes, 1 key
01-10 02:00                3.1.11   daily backup of r-1: its data has not changed, 18 bytes, 1 key
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
  });
});

/** What happened to backups. */
function backupStory(world: FakeWorld): string {
  return timelineOf(world.events().filter(({ type }) => /^(backup|restore)-(?!.*lost)/.test(type)));
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

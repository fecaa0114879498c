/** The page in a real Chromium: what somebody sees, and does, in front of a real Redis. */
import { expect, test as base } from 'vitest';
import { startSimulator } from '../../src/index.js';
import {
  barriersOf,
  CHROMIUM,
  look,
  overflows,
  SIZES,
  WHY_NOT,
  type Size,
} from '../support/browser.js';
import { ask, redisOf, simulator } from '../support/simulator.js';

const test = CHROMIUM === undefined ? base.skipIf(true) : base;
if (CHROMIUM === undefined) console.warn(`tests of the page are left out: ${WHY_NOT}`);

const sizes = Object.keys(SIZES) as Size[];

test.each(sizes)('from in service to frozen and back, on a %s', async (size) => {
  await using sim = await simulator();
  await sim.createInstance({ name: 'shop' });
  await using looking = await look(sim.apiUrl, size);
  const { page, troubles } = looking;
  const standing = page.locator('#standing');
  const application = page.getByRole('region', { name: 'A live application' });
  await standing.getByRole('heading', { name: 'In service' }).waitFor();

  await application.getByRole('button', { name: 'Start it' }).click();
  await application.getByText('It reads and writes.').waitFor();

  await standing.getByRole('button', { name: 'Stop paying' }).click();
  await page.getByRole('button', { name: 'To the next change' }).click();
  await standing.getByRole('heading', { name: 'Payment overdue' }).waitFor();

  await page.getByRole('button', { name: 'To the next change' }).click();
  await standing.getByRole('heading', { name: 'Frozen' }).waitFor();
  await standing.getByText('NOWRITE').waitFor();
  await application.getByText('It can read, but nothing it writes is kept.').waitFor();
  await page.getByRole('status').getByText('shop: Frozen.').waitFor({ state: 'attached' });
  await page
    .getByRole('list', { name: 'What happened' })
    .getByText('Payment overdue → Frozen')
    .waitFor();
  expect((await sim.describeInstanceAttribute({ id: 'r-1' })).state).toBe('frozen');

  await standing.getByRole('button', { name: 'Pay 100' }).click();
  await standing.getByRole('heading', { name: 'In service' }).waitFor();
  await application.getByText('It reads and writes.').waitFor();

  expect(await overflows(page)).toBe(false);
  expect(troubles).toEqual([]);
});

test('meters that somebody injected are marked as such', async () => {
  await using sim = await simulator();
  await sim.createInstance();
  await sim.advanceClock({ by: '1m' });
  await using looking = await look(sim.apiUrl, 'laptop');
  const meters = looking.page.getByRole('region', { name: 'How hard it is used' });
  await meters.getByRole('heading', { name: 'Processor' }).waitFor();
  expect(await meters.getByText('injected').count()).toBe(0);
  await sim.injectReading({ id: 'r-1', values: 'CpuUsage=97', for: '1h' });
  await meters.getByText('With injected readings.').waitFor();
  await meters.getByText('97 %').waitFor();
});

test.each([
  ['projector', false],
  ['projector', true],
  ['phone', false],
  ['phone', true],
] as const)('no barrier is found on a %s, dark: %s, in service and frozen', async (size, dark) => {
  await using sim = await simulator();
  await sim.createInstance({ name: 'shop' });
  await sim.createInstance({ name: 'blog' });
  await sim.startApplication({ id: 'r-1' });
  await using looking = await look(sim.apiUrl, size, dark);
  const { page } = looking;
  await page.getByText('It reads and writes.').waitFor();
  expect(await barriersOf(page)).toEqual([]);
  await sim.setAccountBalance({ balance: 0 });
  await sim.advanceClock({ by: '26h' });
  await page.getByText('It can read, but nothing it writes is kept.').waitFor();
  expect(await barriersOf(page)).toEqual([]);
});

test('a backup is taken, and its data comes back', async () => {
  await using sim = await simulator();
  const instance = await sim.createInstance({ name: 'shop' });
  using redis = redisOf(instance);
  await redis.set('cart', 'books');
  await using looking = await look(sim.apiUrl, 'laptop');
  const { page, troubles } = looking;
  const backups = page.getByRole('region', { name: 'Backups' });
  await backups.getByRole('button', { name: 'Back up now' }).click();
  await backups.getByText('1 key,').waitFor();
  await redis.del('cart');
  await backups.getByRole('button', { name: /^Restore that of/ }).click();
  // What there was is backed up before.
  await backups.getByText('before a restore').waitFor();
  await expect
    .poll(async () => {
      using again = redisOf(instance);
      return await again.get('cart').catch(() => 'not there yet');
    })
    .toBe('books');
  expect(troubles).toEqual([]);
});

test('whoever owes already owes no less when nobody goes on paying: it is frozen when the grace is over', async () => {
  await using sim = await simulator();
  await sim.createInstance({ name: 'shop' });
  await sim.setAccountBalance({ balance: 0 });
  await sim.advanceClock({ by: '5h' });
  const { balance } = await sim.getAccount();
  await using looking = await look(sim.apiUrl, 'laptop');
  const { page, troubles } = looking;
  const standing = page.locator('#standing');
  await standing.getByText('a charge could not be met, and the account owes').waitFor();
  expect(await standing.getByRole('button', { name: 'Stop paying' }).count()).toBe(0);
  await standing.getByRole('button', { name: 'Freeze' }).click();
  await standing.getByRole('heading', { name: 'Frozen' }).waitFor();
  await standing.getByText('nobody paid in the time of grace').waitFor();
  expect((await sim.getClock()).now).toBe('2026-01-02T01:00:00Z');
  expect(Number((await sim.getAccount()).balance)).toBeLessThan(Number(balance));
  expect(troubles).toEqual([]);
});

test('everything is done by keyboard alone', async () => {
  await using sim = await simulator();
  await sim.createInstance({ name: 'shop' });
  await using looking = await look(sim.apiUrl, 'laptop');
  const { page } = looking;
  await page.locator('#standing').getByRole('heading', { name: 'In service' }).waitFor();
  const press = async (name: string): Promise<void> => {
    for (let tabs = 0; tabs < 40; tabs += 1) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate<string>('document.activeElement.textContent.trim()');
      if (focused === name) break;
    }
    expect(await page.evaluate('document.activeElement.matches(":focus-visible")')).toBe(true);
    await page.keyboard.press('Enter');
  };
  await press('Freeze');
  await page.locator('#standing').getByRole('heading', { name: 'Frozen' }).waitFor();
  await press('Pay 100');
  await page.locator('#standing').getByRole('heading', { name: 'In service' }).waitFor();
  await press('+ 1 day');
  await page.getByText('Sat, 3 Jan 2026').waitFor();
});

test('with a token, it is asked for, a wrong one is refused, and a link may bring it', async () => {
  await using sim = await simulator({ token: 'a secret' });
  await sim.createInstance({ name: 'shop' });
  await using looking = await look(sim.apiUrl, 'laptop');
  const { page } = looking;
  const field = page.getByLabel('This simulator wants its token.');
  await field.fill('another one');
  await page.getByRole('button', { name: 'Show me' }).click();
  await page.getByText('That is not the token.').waitFor();
  await field.fill('a secret');
  await page.getByRole('button', { name: 'Show me' }).click();
  await page.locator('#standing').getByRole('heading', { name: 'In service' }).waitFor();

  await using other = await look(`${sim.apiUrl ?? ''}/#token=a%20secret`, 'laptop');
  await other.page.locator('#standing').getByRole('heading', { name: 'In service' }).waitFor();
  expect(other.page.url()).not.toContain('secret');
});

test('where there is no instance yet, one is set up with a click', async () => {
  await using sim = await simulator();
  await using looking = await look(sim.apiUrl, 'laptop');
  const { page, troubles } = looking;
  await page.getByRole('button', { name: 'Set one up' }).click();
  await page.locator('#standing').getByRole('heading', { name: 'In service' }).waitFor();
  expect((await sim.describeInstances()).instances).toHaveLength(1);
  expect(troubles).toEqual([]);
});

test('what the simulator refuses is told in its words', async () => {
  await using sim = await simulator({ openingBalance: 0n as never });
  await using looking = await look(sim.apiUrl, 'laptop');
  const { page } = looking;
  await page.getByRole('button', { name: 'Set one up' }).click();
  await page.getByRole('alert').getByText('needs at least one hour: 0.21 CNY').waitFor();
  await page.getByRole('button', { name: 'Close' }).click();
  expect(await page.getByRole('alert').textContent()).toBe('');
});

test('a simulator that goes and comes back is found again', async () => {
  const first = await simulator();
  const port = Number(new URL(first.apiUrl ?? '').port);
  await first.createInstance({ name: 'shop' });
  await using looking = await look(first.apiUrl, 'laptop');
  const { page } = looking;
  await page.locator('#standing').getByRole('heading', { name: 'In service' }).waitFor();
  await first.close();
  await page.getByText('no connection, trying again…').waitFor();
  await using second = await simulator({ apiPort: port });
  await second.createInstance({ name: 'blog' });
  await page.locator('#standing').getByText('blog').waitFor();
});

test('a clock that runs is seen to run, and one that stands still stands', async () => {
  await using sim = await simulator();
  await sim.createInstance({ name: 'shop' });
  await using looking = await look(sim.apiUrl, 'laptop');
  const { page } = looking;
  await page.getByRole('combobox', { name: 'Time' }).selectOption({ label: '6 hours a second' });
  await page.getByText('Sat, 3 Jan 2026').waitFor();
  await page.getByRole('combobox', { name: 'Time' }).selectOption({ label: 'stands still' });
  await expect.poll(async () => (await sim.getClock()).mode).toBe('frozen');
});

base('the page is served with a policy that lets nothing in from elsewhere', async () => {
  await using sim = await startSimulator({ engine: 'fake' });
  const page = await ask(sim.apiUrl, '/');
  expect(page.status).toBe(200);
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.headers['content-security-policy']).toMatch(
    /^default-src 'none'; script-src 'self';/,
  );
  expect(page.text).not.toMatch(/https?:\/\//);
  const assets = [...page.text.matchAll(/(?:src|href)="\.(\/[^"]+)"/g)].map(
    ([, path = '']) => path,
  );
  expect(assets.length).toBeGreaterThan(2);
  for (const path of assets) expect((await ask(sim.apiUrl, path)).status).toBe(200);
});

base('the files of the page need no token, but are not for foreign hosts', async () => {
  await using open = await startSimulator({ engine: 'fake', token: 'a secret' });
  expect((await ask(open.apiUrl, '/')).status).toBe(200);
  expect((await ask(open.apiUrl, '/v1/status')).status).toBe(401);
  await using local = await startSimulator({ engine: 'fake' });
  const foreign = await ask(local.apiUrl, '/', { headers: { host: 'attacker.example' } });
  expect(foreign.status).toBe(403);
});

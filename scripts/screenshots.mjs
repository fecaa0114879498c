/**
 * Makes the pictures of docs/images from the page as it is: `npm run build && node scripts/screenshots.mjs`. It needs a
 * Chromium, and a redis-server, and says what is missing. Each picture is a moment of the same story.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { ROOT } from './prepare.mjs';
import { startSimulator } from '../dist/index.js';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  (place) => existsSync(place),
);
const OUT = join(ROOT, 'docs', 'images');
const SIZES = {
  projector: { width: 1920, height: 1080 },
  laptop: { width: 1366, height: 768 },
  phone: { width: 390, height: 844 },
};
/** The application works for a while before each picture, so that its chart has something to show (real ms). */
const WORK_MS = 20_000;

if (!CHROMIUM) {
  console.error('There is no Chromium here to take pictures with: apt-get install chromium');
  process.exit(1);
}

mkdirSync(OUT, { recursive: true });
const simulator = await startSimulator({ engine: 'process' });
const browser = await chromium.launch({
  executablePath: CHROMIUM,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-sync'],
});
try {
  await simulator.createInstance({ name: 'shop' });
  await simulator.createInstance({ name: 'blog', account: await accountOf('blog') });
  await simulator.startApplication({ id: 'r-1', commandsPerSecond: 120 });
  await simulator.advanceClock({ by: '12h' });
  await work();
  await picture('in-service', 'laptop', 'light');
  await simulator.setAccountBalance({ balance: 0 });
  await simulator.advanceClock({ by: '2h' });
  await work();
  await picture('overdue', 'phone', 'light');
  await simulator.advanceClock({ by: '1d' });
  await work();
  await picture('frozen', 'projector', 'light');
  await picture('frozen', 'phone', 'light');
  await picture('frozen', 'laptop', 'dark');
} finally {
  await browser.close();
  await simulator.close();
}

/** Somebody who goes on paying. */
async function accountOf(account) {
  await simulator.openAccount({ account, balance: '50' });
  return account;
}

function work() {
  return new Promise((resolve) => setTimeout(resolve, WORK_MS));
}

async function picture(moment, size, scheme) {
  const page = await browser.newPage({ viewport: SIZES[size], colorScheme: scheme });
  await page.goto(`${simulator.apiUrl}/#r-1`);
  await page.locator('#standing-title').waitFor();
  await page.locator('.verdict').waitFor();
  await page.locator('.meters canvas').first().waitFor();
  await page.waitForTimeout(1_500); // the meters come a moment later
  const file = join(OUT, `${moment}-${size}${scheme === 'dark' ? '-dark' : ''}.png`);
  await page.screenshot({ path: file });
  await page.close();
  console.log(file);
}

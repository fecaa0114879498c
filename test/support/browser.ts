/** A real Chromium, for tests of the page; and what such tests ask of a page. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];
/** Where this machine has one; undefined: tests of the page are left out, and say so. */
export const CHROMIUM = PLACES.find((place) => existsSync(place));
export const WHY_NOT = 'no Chromium here: apt-get install chromium';

/** Nothing that a browser does by itself: this is a test, and there may be no network. */
export const QUIET = [
  '--no-sandbox', // CI runs as root
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const SIZES = {
  projector: { width: 1920, height: 1080 },
  laptop: { width: 1366, height: 768 },
  phone: { width: 390, height: 844 },
} as const;
export type Size = keyof typeof SIZES;

export interface Looking extends AsyncDisposable {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What went wrong within the page, and what it asked of other machines. */
  readonly troubles: string[];
}

/** A browser that has opened this address, at this size; closed at the end of its block. */
export async function look(url: string | null, size: Size, dark = false): Promise<Looking> {
  const profile = mkdtempSync(join(tmpdir(), 'frostgate-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM ?? '',
    args: QUIET,
    viewport: SIZES[size],
    colorScheme: dark ? 'dark' : 'light',
    hasTouch: size === 'phone',
    reducedMotion: 'reduce',
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const troubles: string[] = [];
  const origin = new URL(url ?? '').origin;
  page.on('pageerror', (error) => troubles.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  page.on('request', (request) => {
    if (new URL(request.url()).origin !== origin) troubles.push(`asks ${request.url()}`);
  });
  await page.goto(url ?? '');
  return {
    ...{ page, context, troubles },
    async [Symbol.asyncDispose]() {
      await context.close();
      rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** What a checker of accessibility finds fault with: rule, and where. */
export async function barriersOf(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const checker = (globalThis as unknown as { axe: typeof axe }).axe;
    const { violations } = await checker.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
  return found;
}

/** Is anything wider than the window? */
export function overflows(page: Page): Promise<boolean> {
  const root = 'document.documentElement';
  return page.evaluate<boolean>(`${root}.scrollWidth > ${root}.clientWidth`);
}

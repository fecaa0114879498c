/** The README's story, line by line as it stands there, with the ports of this test in place of the usual ones. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whyNoDocker } from '../support/docker.js';
import { SimulatorProcess } from '../support/simulator-process.js';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');

/** What each line of the story answers. */
const ANSWERS: readonly RegExp[] = [
  /^OK$/,
  /^account default: 0\.00 CNY$/,
  /active -> overdue \(arrears-began\) {2}\[clause 7\.2\.3\.1\]/,
  /^OK$/,
  /overdue -> frozen \(grace-ended\) {2}\[clause 7\.2\.3\.1\]/,
  /^hi$/,
  /^NOWRITE You can't write against a non-write redis$/,
  /^account default: 94\.54 CNY$/,
  /^OK$/,
  /^account default: 0\.00 CNY$/,
  /frozen -> deleted \(retention-ended\) {2}\[clause 7\.2\.3\.2\]/,
  /creating -> active[\s\S]*-> overdue[\s\S]*-> frozen[\s\S]*-> active[\s\S]*-> frozen[\s\S]*-> deleted/,
];

const whyNot = await whyNoDocker();
let dataDir = '';
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'frostgate-readme-'));
});
afterEach(() => rm(dataDir, { recursive: true, force: true }));

/** The lines of the shell block that talks to an instance. */
async function storyLines(): Promise<string[]> {
  const readme = await readFile(join(ROOT, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, text]) => text ?? '');
  const story = blocks.find((text) => text.includes('redis-cli')) ?? '';
  return story.trim().split('\n');
}

describe.each([
  { engine: 'process', leftOut: null },
  { engine: 'docker', leftOut: whyNot },
])('on the $engine engine (left out: $leftOut)', ({ engine, leftOut }) => {
  test.skipIf(leftOut)('the story in the README works when pasted', () => pasteStory(engine));
});

async function pasteStory(engine: string): Promise<void> {
  await using simulator = new SimulatorProcess([
    ...['--demo', '--engine', engine, '--data-dir', dataDir],
    ...['--api-port', '0', '--ports', '26600-26699'],
  ]);
  const { apiUrl, instances } = await simulator.ready();
  const env = { ...process.env, FROSTGATE_URL: apiUrl };
  const lines = await storyLines();
  expect(lines.length).toBe(ANSWERS.length);
  for (const [i, line] of lines.entries()) {
    const command = line
      .replace('npx frostgate', `"${process.execPath}" bin/frostgate.js`)
      .replace('-p 6400', `-p ${String(instances[0]?.port)}`);
    const { stdout } = await run('sh', ['-c', command], { cwd: ROOT, env });
    expect(stdout.trim(), line).toMatch(ANSWERS[i] ?? /never/);
  }
}

/** `frostgate exec` and `frostgate env`: a simulator for one command, and its environment for a shell. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { until } from '../support/raw-client.js';
import { commandLines, simulator } from '../support/simulator.js';

const BIN = join(import.meta.dirname, '../../bin/frostgate.js');
let directory = '';
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'frostgate-exec-'))));
afterEach(() => rm(directory, { recursive: true, force: true }));

interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const child = spawn(process.execPath, [BIN, ...args], {
    // What is left of it is found by the name of this directory.
    env: { PATH: process.env.PATH, FROSTGATE_ENGINE: 'process', TMPDIR: directory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  const ended = new Promise<Run>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  return { child, ended, said: () => out };
}

const left = () => commandLines().filter((line) => line.includes(directory));

test('the command finds a Redis and the API in its environment, and its exit code is ours', async () => {
  const script =
    'echo "$FROSTGATE_INSTANCE"; redis-cli -u "$REDIS_URL" set a b; exec "$0" "$1" status --json > /dev/null || exit 9; exit 7';
  const run = await start(['exec', '--', 'sh', '-c', script, process.execPath, BIN]).ended;
  expect(run).toEqual({ code: 0, signal: null, out: 'r-1\nOK\n', err: '' });
  const failing = await start(['exec', '--', 'sh', '-c', 'exit 7']).ended;
  expect(failing.code).toBe(7);
  expect(left()).toEqual([]);
});

test('flags behind the command are its own, and those before it are ours', async () => {
  const run = await start([
    'exec',
    '--clock-start',
    '2030-05-01T00:00:00Z',
    '--',
    'sh',
    '-c',
    '"$0" "$1" clock show --json',
    process.execPath,
    BIN,
  ]).ended;
  expect(JSON.parse(run.out)).toMatchObject({ now: '2030-05-01T00:00:00Z', mode: 'frozen' });
  const echo = await start(['exec', 'echo', '--json', '--clock-start']).ended;
  expect(echo.out).toBe('--json --clock-start\n');
});

test('what cannot be run ends as in a shell, and no command at all is wrong usage', async () => {
  const run = await start(['exec', '--', 'no-such-command']).ended;
  expect(run.code).toBe(127);
  expect(run.err).toContain('no-such-command cannot be run');
  const nothing = await start(['exec']).ended;
  expect(nothing.code).toBe(2);
  expect(nothing.err).toContain('frostgate exec -- npm test');
});

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  '%s is handed on to the command, and we end as it ends',
  async (signal) => {
    const trapped = `trap 'echo heard; exit 3' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
    const one = start(['exec', '--', 'sh', '-c', trapped]);
    await until('it is ready', () => one.said().includes('ready'));
    one.child.kill(signal);
    expect(await one.ended).toMatchObject({ code: 3, out: 'ready\nheard\n' });
    const other = start(['exec', '--', 'sh', '-c', 'echo ready; exec sleep 60']);
    await until('it is ready', () => other.said().includes('ready'));
    other.child.kill(signal);
    expect(await other.ended).toMatchObject({ code: null, signal });
    expect(left()).toEqual([]);
  },
);

test('after kill -9 nothing of the simulator is left', async () => {
  const one = start(['exec', '--', 'sh', '-c', 'echo $$; exec sleep 60']);
  await until('it is ready', () => /\d+\n/.test(one.said()));
  one.child.kill('SIGKILL');
  process.kill(Number(one.said()), 'SIGKILL');
  await one.ended;
  await until('its servers have ended', () => left().length === 0);
});

test('env prints for a shell what exec hands over, of a simulator that runs', async () => {
  await using sim = await simulator({ token: "it's a secret" });
  const instance = await sim.createInstance();
  const env = { FROSTGATE_URL: sim.apiUrl ?? '', FROSTGATE_TOKEN: "it's a secret" };
  const run = await start(['env'], env).ended;
  const shell = spawn('sh', [
    '-c',
    `${run.out}\necho "$REDIS_URL|$FROSTGATE_URL|$FROSTGATE_TOKEN"`,
  ]);
  let said = '';
  shell.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await new Promise((resolve) => shell.on('close', resolve));
  expect(said).toBe(`${String(instance.url)}|${String(sim.apiUrl)}|it's a secret\n`);
  const json = await start(['env', instance.id, '--json'], env).ended;
  expect(JSON.parse(json.out)).toMatchObject({
    REDIS_URL: instance.url,
    FROSTGATE_INSTANCE: 'r-1',
  });
});

/** Installs a Redis with the system's package manager, where that takes no questions: apt, as root. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, rm, writeFile } from 'node:fs/promises';

const PACKAGES = ['redis-server', 'valkey-server'];
const OLDEST_MAJOR = 7;
/** Another apt may be at work on a machine that has just started. */
const LOCK_WITHIN_S = 120;
/** Asked by Debian's maintainer scripts before they start a service; 101 forbids it. */
const POLICY_FILE = '/usr/sbin/policy-rc.d';

/**
 * Resolves with whether a server is installed now that was not before. The
 * service that the package brings is neither started nor enabled: Redis is
 * run for each instance, and nothing is to listen on 6379 because of us.
 */
export async function installRedis(log: (line: string) => void): Promise<boolean> {
  if (process.getuid?.() !== 0 || (await run('apt-get', ['--version'])).code !== 0) return false;
  let name = await candidate();
  if (name === undefined) {
    log('Asking the package manager for Redis (apt-get update)');
    await apt('update');
    name = await candidate();
  }
  if (name === undefined) {
    log(
      `No package ${PACKAGES.join(' or ')} of version ${String(OLDEST_MAJOR)}.0 or later to install`,
    );
    return false;
  }
  log(`Installing ${name} (apt-get install ${name}); its service stays off`);
  const packages = ['install', '-y', '--no-install-recommends', name];
  const { code, output } = await withoutServices(async () => {
    const first = await apt(...packages);
    if (first.code === 0) return first;
    await apt('update'); // the lists may be older than the archive
    return apt(...packages);
  });
  if (code !== 0) {
    log(`apt-get could not install ${name}: ${output.trim().split('\n').at(-1) ?? ''}`);
    return false;
  }
  // Not started now, it would still start with the machine.
  if (await isThere('/run/systemd/system')) await run('systemctl', ['disable', '--quiet', name]);
  else await run('update-rc.d', [name, 'disable']);
  log(`Installed ${name}`);
  return true;
}

/** A package that is new enough and not installed: an installed one is somebody's choice. */
async function candidate(): Promise<string | undefined> {
  for (const name of PACKAGES) {
    const { output: policy } = await run('apt-cache', ['policy', name]);
    const installed = /^ *Installed: (?!\(none\))/m.test(policy);
    // An epoch may stand before the version: 5:7.0.15-1
    const major = /^ *Candidate: (?:\d+:)?(\d+)/m.exec(policy)?.[1];
    if (!installed && Number(major) >= OLDEST_MAJOR) return name;
  }
  return undefined;
}

function apt(...args: readonly string[]) {
  return run('apt-get', ['-q', '-o', `DPkg::Lock::Timeout=${String(LOCK_WITHIN_S)}`, ...args]);
}

async function withoutServices<T>(work: () => Promise<T>): Promise<T> {
  if (await isThere(POLICY_FILE)) return work(); // the machine's own rule stands
  await writeFile(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    return await work();
  } finally {
    await rm(POLICY_FILE, { force: true });
  }
}

/** In English, and asking nothing. */
async function run(program: string, args: readonly string[]) {
  const settings = ['LC_ALL=C', 'DEBIAN_FRONTEND=noninteractive'];
  const child = spawn('env', [...settings, program, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = await once(child, 'close').then(
    ([status]: unknown[]) => status,
    () => null, // there is no such program
  );
  return { code, output };
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

// Where and with what a measurement was made: a figure without it says nothing.
import { execFile } from 'node:child_process';
import { cpus, loadavg, release } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);
const PROGRAMS = [
  ['redis-server', '--version', /v=([\d.]+)/],
  ['haproxy', '-v', /version ([\d.]+)/],
  ['nutcracker', '--version', /nutcracker-([\d.]+)/],
];

/** `loadBefore` tells whether others were at work: above a few tenths, measure again. */
export async function machine() {
  const programs = {};
  for (const [program, flag, version] of PROGRAMS) {
    // nutcracker says its version on stderr; a program that is missing has none.
    const { stdout = '', stderr = '' } = await run(program, [flag]).catch(() => ({}));
    const found = version.exec(stdout + stderr)?.[1];
    if (found !== undefined) programs[program] = found;
  }
  return {
    date: new Date().toISOString().slice(0, 10),
    processors: `${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}`,
    kernel: release(),
    node: process.version,
    programs,
    loadBefore: Number(loadavg()[0].toFixed(2)),
  };
}

export function shownMachine({ date, processors, kernel, node, programs, loadBefore }) {
  const versions = Object.entries(programs).map(([program, version]) => `${program} ${version}`);
  return `${date}, ${processors}, Linux ${kernel}, node ${node}, ${versions.join(', ')}, load before ${loadBefore}`;
}

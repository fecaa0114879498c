/**
 * Starts a program in a process group of its own, within our session. A signal to our group (Ctrl-C, a supervisor) must
 * not reach it: we end it in order. And to Linux a session is as much as a program (sched(7), autogroup): alone in its
 * own, Redis has the right of way before the data plane and all its clients, and stops them for each command that it is sent.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';

/** Node knows a session of its own only (`detached`). The process stays the same: perl becomes the program. */
const PERL = [
  'perl',
  '-e',
  'setpgrp(0, 0); exec { $ARGV[0] } @ARGV; die "$ARGV[0]: $!\n"',
] as const;

let hasPerl: boolean | undefined;

/** Where there is no perl, it has a session of its own: a little slower, and as safe. `output`: the number of an open file. */
export function spawnInOwnGroup(
  program: string,
  args: readonly string[],
  output: number,
): ChildProcess {
  hasPerl ??= spawnSync(PERL[0], ['-e', '1'], { stdio: 'ignore' }).status === 0;
  const [file, ...before] = hasPerl ? [...PERL, program] : [program];
  return spawn(file, [...before, ...args], {
    detached: !hasPerl,
    stdio: ['ignore', output, output],
  });
}

// One run of redis-benchmark, and what it says.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { loginArgs } from './frostgate.mjs';
import { processorNsOf } from './processor-time.mjs';
import { awake } from './stage.mjs';

const run = promisify(execFile);
/** What redis-benchmark sets and gets as long as it is not told to use many keys. */
const KEY = 'key:__rand_int__';

/**
 * Resolves with the rate (commands a second), the latencies (ms), and what a command cost the target's process (us of
 * processor time, the kernel's on its behalf included; null where the system does not tell).
 */
export async function measured({ port, child, login }, scenario, requests = scenario.requests) {
  const { command, bytes, clients, pipeline } = scenario;
  const what = ['-t', command, '-d', `${bytes}`, '-c', `${clients}`, '-P', `${pipeline}`];
  const where = ['-h', '127.0.0.1', '-p', `${port}`, ...loginArgs(login)];
  const args = [...where, ...what, '-n', `${requests}`, '--csv'];
  const before = await processorNsOf(child);
  const { stdout } = await awake(child, () => run('redis-benchmark', args));
  const usedNs = (await processorNsOf(child)) - before;
  const [names, values] = stdout.trim().split('\n').slice(-2).map(cellsOf);
  const found = Object.fromEntries(names.map((name, i) => [name, Number(values[i])]));
  const costUs = Number.isNaN(usedNs) ? null : usedNs / 1000 / requests;
  return { rate: found.rps, costUs, p50Ms: found.p50_latency_ms, p99Ms: found.p99_latency_ms };
}

function cellsOf(line) {
  return line.split(',').map((cell) => cell.replaceAll('"', ''));
}

/** Leaves a value of that size for GET to find. */
export async function leaveValue({ port, child, login }, bytes) {
  const where = ['-h', '127.0.0.1', '-p', `${port}`, ...loginArgs(login)];
  const args = [...where, '-t', 'set', '-d', `${bytes}`, '-n', '50', '-q'];
  await awake(child, () => run('redis-benchmark', args));
}

/** Throws unless the target gives the value that was left: a fast wrong answer is not worth measuring. */
export async function checkValue(name, { port, child, login }, bytes) {
  const where = ['-h', '127.0.0.1', '-p', `${port}`, ...loginArgs(login)];
  const args = [...where, '--no-auth-warning', 'strlen', KEY];
  const { stdout } = await awake(child, () => run('redis-cli', args));
  if (Number(stdout) !== bytes) throw new Error(`${name} has a value of ${stdout.trim()} bytes`);
}

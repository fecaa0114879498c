// The data plane against direct Redis and HAProxy in TCP mode, in one run, interleaved, as ratios.
// Needs redis-benchmark and, for the comparison, haproxy; installs nothing.
//   npm run bench [-- ROUNDS]
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, connect } from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROUNDS = Number(process.argv[2] ?? 5);
const SCENARIOS = [
  { name: 'GET 3 B, P=1', args: ['-t', 'get', '-d', '3', '-n', '60000'] },
  { name: 'SET 3 B, P=1', args: ['-t', 'set', '-d', '3', '-n', '60000'] },
  { name: 'GET 3 B, P=16', args: ['-t', 'get', '-d', '3', '-P', '16', '-n', '400000'] },
  { name: 'SET 3 B, P=16', args: ['-t', 'set', '-d', '3', '-P', '16', '-n', '400000'] },
  { name: 'GET 64 KB, P=1', args: ['-t', 'get', '-d', '65536', '-n', '20000'] },
];
const CLIENTS = '50';

async function has(program) {
  return run('sh', ['-c', `command -v ${program}`]).then(
    () => true,
    () => false,
  );
}

if (!(await has('redis-benchmark')) || !(await has('redis-server'))) {
  console.error(
    'redis-server and redis-benchmark are not on PATH (Debian: redis-server, redis-tools)',
  );
  process.exit(1);
}
const withHaproxy = await has('haproxy');
if (!withHaproxy) console.error('haproxy is not on PATH: its column is left out');

const dir = await mkdtemp(join(tmpdir(), 'frostgate-bench-'));
const children = [];
try {
  // All three go to one and the same Redis, so that the proxies are compared and not their backends.
  const redisPort = await freePort();
  start('redis-server', ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '']);
  await listening(redisPort);
  const targets = { direct: redisPort };
  if (withHaproxy) targets.haproxy = await startHaproxy(redisPort);
  targets.frostgate = await startFrostgate(redisPort);

  const rates = {};
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const { name, args } of SCENARIOS) {
      // SET before GET leaves a value of the right size for GET to find.
      const size = args[args.indexOf('-d') + 1];
      await measure(redisPort, ['-t', 'set', '-d', size, '-n', '1000']);
      for (const [target, port] of Object.entries(targets)) {
        const rate = await measure(port, args);
        ((rates[name] ??= {})[target] ??= []).push(rate);
      }
    }
    console.error(`round ${round + 1} of ${ROUNDS}`);
  }
  report(rates, Object.keys(targets));
} finally {
  for (const child of children) child.kill('SIGKILL');
  await rm(dir, { recursive: true, force: true });
}

async function startHaproxy(redisPort) {
  const port = await freePort();
  const config = join(dir, 'haproxy.cfg');
  await writeFile(
    config,
    `global
  nbthread 1
  maxconn 2000
defaults
  mode tcp
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  option splice-auto
listen redis
  bind 127.0.0.1:${port}
  server redis 127.0.0.1:${redisPort}
`,
  );
  start('haproxy', ['-f', config]);
  await listening(port);
  return port;
}

/** In a process of its own, as its users have it: the external engine leaves the Redis to us. */
async function startFrostgate(redisPort) {
  const bin = new URL('../../bin/frostgate.js', import.meta.url).pathname;
  const args = [
    'up',
    '--json',
    '--engine',
    'external',
    '--external',
    `redis://127.0.0.1:${redisPort}`,
  ];
  const child = start(process.execPath, [
    ...[bin, ...args, '--data-dir', join(dir, 'data'), '--api-port', '0', '--demo'],
    ...['--ports', '26500-26599'],
  ]);
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    if (output.includes('\n')) break;
  }
  return JSON.parse(output).instances[0].port;
}

function start(program, args) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (program !== process.execPath) child.stdout.resume();
  children.push(child);
  return child;
}

async function measure(port, args) {
  const { stdout } = await run('redis-benchmark', [
    '-p',
    String(port),
    '-c',
    CLIENTS,
    '--csv',
    ...args,
  ]);
  const line = stdout.trim().split('\n').at(-1);
  return Number(line.split(',')[1].replaceAll('"', ''));
}

function report(rates, targets) {
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  console.log(
    `${cpus().length} x ${cpus()[0].model}, node ${process.version}, ${ROUNDS} interleaved rounds, c=${CLIENTS}`,
  );
  for (const [name, byTarget] of Object.entries(rates)) {
    const parts = targets.map((target) => `${target} ${Math.round(median(byTarget[target]))}/s`);
    const ratios = targets
      .filter((target) => target !== 'frostgate')
      .map((target) => {
        const each = byTarget.frostgate.map((rate, i) => rate / byTarget[target][i]);
        const sorted = [...each].sort((a, b) => a - b);
        return `of ${target} ${median(each).toFixed(2)} (${sorted[0].toFixed(2)} to ${sorted.at(-1).toFixed(2)})`;
      });
    console.log(`${name.padEnd(15)} ${parts.join(', ')} | frostgate ${ratios.join(', ')}`);
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function listening(port) {
  for (let tries = 0; tries < 500; tries += 1) {
    const ok = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () =>
        resolve(false),
      );
      socket.on('connect', () => socket.destroy());
    });
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`nothing listens on ${port}`);
}

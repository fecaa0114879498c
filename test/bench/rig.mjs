// What a case of the benchmarks runs on: a real redis-server, the data plane in front of it, another client.
import { execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, connect } from 'node:net';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { commandTextOf } from '../../dist/control-plane/engines/command-reply.js';

const EVERYBODY = { username: 'default', password: '' };
const run = promisify(execFile);
export const NOWRITE = "NOWRITE You can't write against a non-write redis";

/** The number of files that a process of ours may have open. */
export async function openFilesMax() {
  const { stdout } = await run('sh', ['-c', 'ulimit -Hn']);
  return stdout.trim() === 'unlimited' ? Infinity : Number(stdout);
}

export async function startRedis(settings = []) {
  const port = await freePort();
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--save', ''];
  const child = spawn('redis-server', [...own, ...settings], { stdio: 'ignore' });
  // However we end, our end of its input ends with us: then it takes Redis away.
  const guard = spawn('sh', ['-c', 'read _; kill -9 "$0"', String(child.pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  const failed = once(child, 'error').then(([error]) => {
    throw error;
  });
  const control = new Redis({ port, host: '127.0.0.1' });
  control.on('error', () => undefined); // until it listens
  const ready = control.call('COMMAND').then(commandTextOf);
  const commands = await Promise.race([ready, failed]);
  return {
    port,
    control,
    commands,
    /** It takes nothing from now on, and says nothing. */
    stand: () => child.kill('SIGSTOP'),
    goOn: () => child.kill('SIGCONT'),
    async stop() {
      control.disconnect();
      await stop(child);
      guard.kill('SIGKILL');
    },
  };
}

/** A new process for each case: its highest mark is then the case's own. */
export async function startProxy(redis, changes = {}) {
  const child = fork(new URL('proxy-process.mjs', import.meta.url), {
    execArgv: ['--expose-gc'],
  });
  const problems = [];
  child.on('message', ({ problem }) => problem && problems.push(problem));
  const open = { ...endpointOf(redis), ...changes };
  const { port } = await ask(child, { apply: open });
  return {
    port,
    pid: child.pid,
    memory: () => ask(child, { read: true }),
    /** Mistakes of ours that ended a session. */
    problems,
    open: () => ask(child, { apply: open }),
    freeze: () => ask(child, { apply: { ...open, access: { reads: null, writes: NOWRITE } } }),
    stop: () => stop(child),
  };
}

/** Everything that an endpoint is told: nothing is forbidden, nobody has to log in. */
export function endpointOf(redis) {
  return {
    instanceId: 'r-bench',
    host: '127.0.0.1',
    port: 0,
    access: { reads: null, writes: null },
    backendRefusal: NOWRITE,
    notOpen: {},
    words: {
      wrongPassword: 'WRONGPASS invalid username-password pair',
      notLoggedIn: 'NOAUTH Authentication required',
      illegalAddress: 'ERR illegal address: {address}',
      tooManyConnections: 'ERR max number of clients reached',
      notServed: 'ERR redis temporary failure',
    },
    logins: [],
    // A Redis that takes everybody takes any password (acl.c, ACLCheckUserCredentials).
    unasked: EVERYBODY,
    whitelist: ['127.0.0.1'],
    ceilings: {
      connections: 100_000,
      newConnectionsPerSecond: 1_000_000,
      bytesPerSecondIn: null,
      bytesPerSecondOut: null,
    },
    generation: 0,
    latencyMs: 0,
    backend: { host: '127.0.0.1', port: redis.port, ...EVERYBODY, commands: redis.commands },
  };
}

/** Another client of the same endpoint. */
export function startWitness(port) {
  const child = fork(new URL('witness.mjs', import.meta.url));
  child.send({ port });
  return { take: () => ask(child, { take: true }), stop: () => stop(child) };
}

function ask(child, message) {
  return new Promise((resolve, reject) => {
    const settle = (answer) => {
      child.off('message', settle);
      child.off('exit', ended);
      if (typeof answer.problem === 'string') reject(new Error(answer.problem));
      else resolve(answer);
    };
    const ended = () => settle({ problem: `${child.spawnargs.join(' ')} ended` });
    child.on('message', settle);
    child.on('exit', ended);
    child.send(message);
  });
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A connected socket. */
export function open(port, localAddress) {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, localAddress });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      socket.on('error', () => undefined); // that it closed is seen where bytes are counted
      resolve(socket);
    });
  });
}

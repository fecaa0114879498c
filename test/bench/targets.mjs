// What is measured: the ways to reach one and the same Redis, so that the ways are compared and not what they lead to;
// and Frostgate as its users have it, with a Redis of its own that has the same settings where they count.
// Each row starts its program with the settings that did best here; the rows with a colon are what they were
// tried against, and run only when asked for by name (--targets) or with --tuning.
import { mkdir, writeFile } from 'node:fs/promises';
import { createBenchInstance, startFrostgate } from './frostgate.mjs';
import { freePort, has, listening } from './stage.mjs';

/** A target under measurement: where it listens, its process, and how clients log in (null: they do not). */
const at = (port, child, login = null) => ({ port, child, login });

export const TARGETS = [
  { name: 'direct', start: (stage, redisPort) => at(redisPort, null) },
  // HAProxy 2.6's manual: tune.bufsize "strongly recommended not to change", splicing off by default, busy-polling
  // for latency in virtual machines where it has a processor of its own. Small commands did best with what it has by
  // itself, large values with buffers that hold a whole one: so both run, and each bar is of the better one.
  { name: 'haproxy', needs: 'haproxy', start: haproxy({}) },
  { name: 'haproxy-64k', needs: 'haproxy', start: haproxy({ global: 'tune.bufsize 65536' }) },
  { name: 'haproxy:splice', needs: 'haproxy', start: haproxy({ proxy: 'option splice-auto' }) },
  { name: 'haproxy:busy', needs: 'haproxy', start: haproxy({ global: 'busy-polling' }) },
  { name: 'haproxy:events', needs: 'haproxy', start: haproxy({ global: 'tune.maxpollevents 50' }) },
  // twemproxy's recommendations: preconnect, and small mbufs for many connections, large ones for large values.
  { name: 'twemproxy', needs: 'nutcracker', start: twemproxy({}) },
  { name: 'twemproxy:mbuf-1k', needs: 'nutcracker', start: twemproxy({ mbufBytes: 1024 }) },
  { name: 'twemproxy:mbuf-64k', needs: 'nutcracker', start: twemproxy({ mbufBytes: 65_536 }) },
  { name: 'twemproxy:50-connections', needs: 'nutcracker', start: twemproxy({ connections: 50 }) },
  // As its users have it: the process engine's own Redis, which it reaches by a Unix socket.
  { name: 'frostgate', start: frostgate(() => ['--engine', 'process']) },
  // And over TCP, as the others: the external engine, in front of a Redis like theirs. An instance with a password
  // wants it to have one.
  { name: 'frostgate-tcp', start: frostgate(externalRedis) },
];

/** Those asked for, in the table's order; of the others the ones without a colon. Says which cannot be had. */
export async function chosenTargets(names, withTuning) {
  const known = TARGETS.map(({ name }) => name);
  const unknown = (names ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no target ${unknown.join(', ')}: ${known.join(', ')}`);
  const isChosen = ({ name }) => (names ? names.includes(name) : withTuning || !name.includes(':'));
  const chosen = [];
  for (const target of TARGETS.filter(isChosen)) {
    if (target.needs === undefined || (await has(target.needs))) chosen.push(target);
    else console.error(`${target.needs} is not on PATH: ${target.name} is left out`);
  }
  return chosen;
}

/** The Redis behind all of them, and its port. Files in a directory of its own. */
export async function startRedis(stage, password = '') {
  const port = await freePort();
  const dir = stage.file(`redis-${port}`);
  await mkdir(dir);
  // An append-only file, as an instance has one.
  const files = ['--save', '', '--appendonly', 'yes', '--dir', dir, '--requirepass', password];
  stage.start('redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', ...files]);
  await listening(port);
  return port;
}

function haproxy({ global = '', proxy = '' }) {
  return async (stage, redisPort) => {
    const port = await freePort();
    const file = stage.file(`haproxy-${port}.cfg`);
    // One thread, as Redis and our proxy have. No log: it would be written for each connection.
    await writeFile(
      file,
      `global
  nbthread 1
  maxconn 4000
  ${global}
defaults
  mode tcp
  maxconn 4000
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  ${proxy}
listen redis
  bind 127.0.0.1:${port} backlog 1024
  server redis 127.0.0.1:${redisPort}
`,
    );
    const child = stage.start('haproxy', ['-q', '-f', file]);
    await listening(port);
    return at(port, child);
  };
}

function twemproxy({ mbufBytes = 16_384, connections = 1 }) {
  return async (stage, redisPort) => {
    const [port, statsPort] = [await freePort(), await freePort()];
    const file = stage.file(`nutcracker-${port}.yml`);
    // `random` is the cheapest way to choose among one server.
    await writeFile(
      file,
      `bench:
  listen: 127.0.0.1:${port}
  redis: true
  hash: fnv1a_64
  distribution: random
  preconnect: true
  tcpkeepalive: true
  backlog: 1024
  server_connections: ${connections}
  servers:
    - 127.0.0.1:${redisPort}:1
`,
    );
    const files = ['-c', file, '-o', stage.file('nutcracker.log'), '-p', `${file}.pid`];
    const stats = ['-a', '127.0.0.1', '-s', `${statsPort}`];
    const child = stage.start('nutcracker', [...files, ...stats, '-v', '0', '-m', `${mbufBytes}`]);
    await listening(port);
    return at(port, child);
  };
}

async function externalRedis(stage) {
  const port = await startRedis(stage, 'of-the-backend');
  return ['--engine', 'external', '--external', `redis://default:of-the-backend@127.0.0.1:${port}`];
}

function frostgate(engineOf) {
  return async (stage) => {
    const engine = await engineOf(stage);
    const { api, child } = await startFrostgate(stage, [...engine, '--ports', '26500-26599']);
    const { port, login } = await createBenchInstance(api);
    return at(port, child, login);
  };
}

/** One suite for all engines: what the control plane relies on, whoever runs Redis. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { PARAMETERS, type Parameter } from '../../src/control-plane/core/parameters.js';
import type { Backend, Engine } from '../../src/control-plane/ports.js';
import { connectTo, isAlive, pidOf, specOf } from '../support/backends.js';
import { rowsIn } from '../support/command-rows.js';
import { ENGINES, type EngineUnderTest } from '../support/engines.js';
import { until } from '../support/raw-client.js';

const WRITE_SCRIPT = "return redis.call('SET', KEYS[1], 'scripted')";
/** A function that does the same. */
const WRITING_LIBRARY = `#!lua name=tests
  redis.register_function('write', function(keys) return redis.call('SET', keys[1], 'written') end)`;
const WRITER = { name: 'writer', readOnly: false };
const READER = { name: 'reader', readOnly: true };
const READ_SCRIPT = "return redis.call('GET', KEYS[1])";

if (process.env.CI !== undefined) {
  test('CI leaves no engine out', () => {
    const missing = ENGINES.filter((one) => one.missing !== null);
    expect(missing.map(({ kind, missing: why }) => `${kind}: ${String(why)}`)).toEqual([]);
  });
}

for (const engine of ENGINES) {
  const leftOut = engine.missing === null ? '' : `, LEFT OUT: ${engine.missing}`;
  describe.skipIf(engine.missing !== null)(`the ${engine.kind} engine${leftOut}`, () => {
    suite(engine);
  });
}

function suite({ kind, ownsData, lab: newLab }: EngineUnderTest): void {
  test('brings up a Redis that answers, with its version and its commands', async () => {
    await using lab = await newLab();
    const backend = await (await lab.open()).up(specOf('r-1'));
    using redis = connectTo(backend);
    expect(await redis.ping()).toBe('PONG');
    expect(backend.version).toMatch(/^\d+\.\d+\.\d+$/);
    const named = new Map(rowsIn(backend.commands).map((row) => [row.name, row]));
    expect(named.get('set')).toMatchObject({ write: true, read: false });
    expect(named.get('get')).toMatchObject({ write: false, read: true });
    expect(named.get('config')?.subcommands.map((row) => row.name)).toContain('config|set');
  });

  test('asked twice, the backend is the same one and goes on', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const backend = await engine.up(specOf('r-1'));
    using redis = connectTo(backend);
    await redis.set('key', 'value');
    const again = await engine.up(specOf('r-1'));
    expect(placeOf(again)).toEqual(placeOf(backend));
    expect(await redis.get('key')).toBe('value'); // on the connection from before
    expect(await engine.list()).toEqual(['r-1']);
  });

  test('lets nobody in without the password, and does not tell it', async () => {
    await using lab = await newLab();
    const backend = await (await lab.open()).up(specOf('r-1'));
    using stranger = connectTo(placeOf(backend));
    await expect(stranger.set('key', 'value')).rejects.toThrow('NOAUTH');
    using guesser = connectTo({ ...backend, password: 'guessed' });
    await expect(guesser.set('key', 'value')).rejects.toThrow(/WRONGPASS|closed/);
    using redis = connectTo(backend);
    expect(await redis.config('GET', 'requirepass')).toEqual(['requirepass', '']);
    expect(JSON.stringify(await redis.call('ACL', 'LIST'))).not.toContain(backend.password);
  });

  test('makes Redis refuse writes, scripts too, and lets reads pass, until told otherwise', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    using redis = connectTo(await engine.up(specOf('r-1')));
    await redis.set('key', 'value');

    await engine.up(specOf('r-1', { writesRefused: true }));
    await expect(redis.set('key', 'other')).rejects.toThrow('NOREPLICAS');
    await expect(redis.eval(WRITE_SCRIPT, 1, 'key')).rejects.toThrow('NOREPLICAS');
    await expect(redis.multi().set('key', 'other').exec()).rejects.toThrow('EXECABORT');
    expect(await redis.get('key')).toBe('value');
    expect(await redis.eval(READ_SCRIPT, 1, 'key')).toBe('value');
    expect(await redis.info('replication')).toContain('role:master');

    await engine.up(specOf('r-1', { writesRefused: false }));
    expect(await redis.eval(WRITE_SCRIPT, 1, 'key')).toBe('OK');
    expect(await redis.get('key')).toBe('scripted');
  });

  test('makes users that Redis knows by a password of their own, and leaves its own user alone', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const before = await engine.up(specOf('r-1'));
    expect(before.logins.size).toBe(0);
    const backend = await engine.up(specOf('r-1', { users: [WRITER, READER] }));
    const [writer, reader] = [loginTo(backend, 'writer'), loginTo(backend, 'reader')];
    expect(new Set([writer.password, reader.password, backend.password]).size).toBe(3);
    using redis = connectTo(backend);
    expect(await redis.call('ACL', 'LIST')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^user default on .*\+@all$/)]) as unknown,
    );
    const rules = JSON.stringify(await redis.call('ACL', 'LIST'));
    for (const { password } of [writer, reader]) expect(rules).not.toContain(password);
    using asWriter = connectTo(writer);
    expect(await asWriter.set('key', 'value')).toBe('OK');
    using asReader = connectTo(reader);
    expect(await asReader.get('key')).toBe('value');
    using guesser = connectTo({ ...reader, password: writer.password });
    await expect(guesser.get('key')).rejects.toThrow(/WRONGPASS|closed/);
  });

  test('a read-only user writes on no path: command, transaction, script, function; and administers nothing', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const backend = await engine.up(specOf('r-1', { users: [READER] }));
    using redis = connectTo(backend);
    await redis.set('key', 'value');
    await redis.call('FUNCTION', 'LOAD', 'REPLACE', WRITING_LIBRARY);
    using reader = connectTo(loginTo(backend, 'reader'));
    const noPermission = "NOPERM this user has no permissions to run the 'set' command";
    await expect(reader.set('key', 'other')).rejects.toThrow(noPermission);
    await expect(reader.multi().set('key', 'other').exec()).rejects.toThrow('EXECABORT');
    await expect(reader.eval(WRITE_SCRIPT, 1, 'key')).rejects.toThrow(/can't run this command/);
    await expect(reader.call('FCALL', 'write', '1', 'key')).rejects.toThrow(
      /can't run this command/,
    );
    for (const admin of [['CONFIG', 'SET', 'maxmemory', '1'], ['ACL', 'LIST'], ['SHUTDOWN']]) {
      await expect(reader.call(...(admin as [string, ...string[]]))).rejects.toThrow('NOPERM');
    }
    expect(await reader.eval(READ_SCRIPT, 1, 'key')).toBe('value');
    expect(await redis.get('key')).toBe('value');
  });

  test('a user that may do other things may do them on the connections that are open; one that is gone is cut off', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const backend = await engine.up(
      specOf('r-1', { users: [{ ...WRITER, readOnly: true }, READER] }),
    );
    using writer = connectTo(loginTo(backend, 'writer'));
    using reader = connectTo(loginTo(backend, 'reader'));
    await expect(writer.set('key', 'value')).rejects.toThrow('NOPERM');
    expect(await reader.ping()).toBe('PONG');
    const ended = new Promise((resolve) => reader.once('end', resolve));
    const after = await engine.up(specOf('r-1', { users: [WRITER] }));
    expect(await writer.set('key', 'value')).toBe('OK'); // on the connection from before
    await ended;
    expect([...after.logins.keys()]).toEqual(['writer']);
    using again = connectTo(loginTo(backend, 'reader'));
    await expect(again.ping()).rejects.toThrow(/WRONGPASS|closed/);
  });

  test('users that somebody else made are left alone', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const backend = await engine.up(specOf('r-1', { users: [READER] }));
    using redis = connectTo(backend);
    for (const name of ['owner', 'reader', 'frostgate:other:r-1:reader']) {
      await redis.call('ACL', 'SETUSER', name, 'on', 'nopass', '+@all');
    }
    await engine.up(specOf('r-1'));
    expect(((await redis.call('ACL', 'USERS')) as string[]).sort()).toEqual(
      ['default', 'frostgate:other:r-1:reader', 'owner', 'reader'].sort(),
    );
  });

  test('after a crash, users and what they log in with are the same again', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const lost = losses(engine);
    const spec = specOf('r-1', { users: [READER], settings: { hz: '20' } });
    const backend = await engine.up(spec);
    await lab.crash('r-1', backend);
    await until('the loss is told', () => lost.length > 0);
    const again = await engine.up(spec);
    expect(again.logins).toEqual(backend.logins);
    using reader = connectTo(loginTo(again, 'reader'));
    expect(await reader.ping()).toBe('PONG');
    using redis = connectTo(again);
    expect(await redis.config('GET', 'hz')).toEqual(['hz', engine.ownsSettings ? '20' : '10']);
  });

  test('a crash is told, and the next up brings the data and the frozen state back', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const lost = losses(engine);
    const backend = await engine.up(specOf('r-1'));
    {
      using redis = connectTo(backend);
      await redis.set('key', 'value');
    }
    await engine.up(specOf('r-1', { writesRefused: true }));
    await lab.crash('r-1', backend);
    await until('the loss is told', () => lost.length > 0);
    expect(lost).toEqual(['r-1']);

    using redis = connectTo(await engine.up(specOf('r-1', { writesRefused: true })));
    expect(await redis.get('key')).toBe('value');
    await expect(redis.eval(WRITE_SCRIPT, 1, 'key')).rejects.toThrow('NOREPLICAS');
    await engine.up(specOf('r-1'));
    expect(await redis.set('key', 'other')).toBe('OK');
  });

  test('what ends because it was told to is not a loss', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const lost = losses(engine);
    await engine.up(specOf('r-1'));
    await engine.up(specOf('r-2'));
    await engine.remove('r-1');
    await engine.close();
    const other = await lab.open();
    await other.up(specOf('r-2'));
    expect(lost).toEqual([]);
  });

  test('data outlives the engine: another one on the same state finds it', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const before = await engine.up(specOf('r-1'));
    {
      using redis = connectTo(before);
      await redis.set('key', 'value');
    }
    await engine.up(specOf('r-1', { writesRefused: true }));
    await engine.close();

    const next = await lab.open();
    expect(await next.list()).toEqual(['r-1']);
    const after = await next.up(specOf('r-1'));
    using redis = connectTo(after);
    expect(after.password).toBe(before.password);
    expect(await redis.get('key')).toBe('value');
    expect(await redis.set('key', 'other')).toBe('OK');
  });

  test('down ends it in order and keeps its data: up brings it back with it, and no loss is told', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const lost = losses(engine);
    {
      using redis = connectTo(await engine.up(specOf('r-1', { users: [READER] })));
      await redis.set('key', 'value');
    }
    await engine.down('r-1');
    await engine.down('r-1');
    await engine.down('r-unknown');
    expect(await engine.list()).toEqual(['r-1']);
    using redis = connectTo(await engine.up(specOf('r-1')));
    expect(await redis.get('key')).toBe('value');
    expect(lost).toEqual([]);
  });

  test('what is down stays down when the engine is closed and another one goes on', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    {
      using redis = connectTo(await engine.up(specOf('r-1', { writesRefused: true })));
      expect(await redis.get('key')).toBeNull();
    }
    await engine.down('r-1');
    await engine.close();
    const next = await lab.open();
    await next.down('r-1');
    expect(await next.list()).toEqual(['r-1']);
    using redis = connectTo(await next.up(specOf('r-1')));
    expect(await redis.set('key', 'value')).toBe('OK');
  });

  test('adopted data is that of the other instance, whole, and nothing is left of the first one', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const before = await engine.up(specOf('r-1', { users: [READER] }));
    {
      using redis = connectTo(before);
      await redis.set('key', 'value');
    }
    await engine.down('r-1');
    expect(await engine.adopt('r-1', 'r-2')).toBe(true);
    expect(await engine.adopt('r-1', 'r-2')).toBe(true);
    expect(await engine.list()).toEqual(['r-2']);
    await engine.remove('r-1');
    const after = await engine.up(specOf('r-2'));
    using redis = connectTo(after);
    expect(await redis.get('key')).toBe('value');
    expect((await redis.call('ACL', 'USERS')) as string[]).toEqual(['default']);
    if (ownsData) expect(after.password).not.toBe(before.password);
  });

  test('adopted data can be given back, and adopted again by a third one, also after a restart', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    {
      using redis = connectTo(await engine.up(specOf('r-1')));
      await redis.set('key', 'value');
    }
    await engine.down('r-1');
    await engine.adopt('r-1', 'r-2');
    await engine.up(specOf('r-2'));
    expect(await engine.adopt('r-2', 'r-1')).toBe(true); // it ends what is up, too
    expect(await engine.list()).toEqual(['r-1']);
    await engine.remove('r-2');
    await engine.adopt('r-1', 'r-3');
    await engine.adopt('r-3', 'r-4');
    await engine.close();
    const next = await lab.open();
    for (const id of ['r-1', 'r-3']) await next.remove(id);
    expect(await next.list()).toEqual(['r-4']);
    using redis = connectTo(await next.up(specOf('r-4')));
    expect(await redis.get('key')).toBe('value');
  });

  test('of what never was, nothing is adopted', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    expect(await engine.adopt('r-1', 'r-2')).toBe(false);
    expect(await engine.list()).toEqual([]);
  });

  test('two instances have nothing in common', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const [one, two] = await Promise.all([engine.up(specOf('r-1')), engine.up(specOf('r-2'))]);
    expect(placeOf(one)).not.toEqual(placeOf(two));
    using first = connectTo(one);
    using second = connectTo(two);
    await first.set('key', 'value');
    expect(await second.get('key')).toBeNull();
    expect([...(await engine.list())].sort()).toEqual(['r-1', 'r-2']);
  });

  test('removing leaves nothing, may be repeated, and of what never was is nothing to do', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    await engine.up(specOf('r-1'));
    await engine.remove('r-1');
    await engine.remove('r-1');
    await engine.remove('r-unknown');
    expect(await engine.list()).toEqual([]);
  });

  test('removes what an engine before it has made', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    await engine.up(specOf('r-1'));
    await engine.close();
    const next = await lab.open();
    await next.remove('r-1');
    expect(await next.list()).toEqual([]);
  });

  test('closing may be repeated', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    await engine.up(specOf('r-1'));
    await engine.close();
    await engine.close();
  });

  if (!ownsData) return;

  test('adopted data goes with whoever has it, and leaves nothing anywhere', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    await engine.up(specOf('r-1'));
    await engine.adopt('r-1', 'r-2');
    await engine.up(specOf('r-2'));
    await engine.adopt('r-2', 'r-3');
    await engine.remove('r-3');
    expect(await engine.list()).toEqual([]);
    if (kind === 'docker') expect(await lab.traces()).toEqual([]);
    using redis = connectTo(await engine.up(specOf('r-1')));
    expect(await redis.dbsize()).toBe(0);
  });

  test('one that keeps nothing for its next start keeps what is down for this one', async () => {
    await using lab = await newLab();
    const engine = await lab.open({ persistent: false });
    {
      using redis = connectTo(await engine.up(specOf('r-1')));
      await redis.set('key', 'value');
    }
    await engine.down('r-1');
    await engine.adopt('r-1', 'r-2');
    using redis = connectTo(await engine.up(specOf('r-2')));
    expect(await redis.get('key')).toBe('value');
  });

  test('removed data is gone for good: up again is empty', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    {
      using redis = connectTo(await engine.up(specOf('r-1')));
      await redis.set('key', 'value');
    }
    await engine.remove('r-1');
    using redis = connectTo(await engine.up(specOf('r-1')));
    expect(await redis.dbsize()).toBe(0);
  });

  test('tells how much memory is in use, as Redis counts it against the ceiling', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    using redis = connectTo(await engine.up(specOf('r-1')));
    const before = await engine.usedMemory('r-1');
    await redis.set('key', 'x'.repeat(3_000_000));
    const after = await engine.usedMemory('r-1');
    expect(after - before).toBeGreaterThan(2_900_000);
    expect(after).toBeLessThan(before + 30_000_000);
    await expect(engine.usedMemory('r-2')).rejects.toMatchObject({ code: 'EngineFailed' });
  });

  test('sets the memory ceiling of the class, and changes it in place', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    using redis = connectTo(await engine.up(specOf('r-1', { memoryBytes: 10_000_000 })));
    expect(await redis.config('GET', 'maxmemory')).toEqual(['maxmemory', '10000000']);
    await engine.up(specOf('r-1', { memoryBytes: 20_000_000 }));
    expect(await redis.config('GET', 'maxmemory')).toEqual(['maxmemory', '20000000']);
  });

  test('takes as many clients as the door lets in, and more of them in place', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    using redis = connectTo(await engine.up(specOf('r-1', { connections: 50 })));
    await redis.config('SET', 'maxclients', '40'); // as a Redis that has fewer by itself
    const backend = await engine.up(specOf('r-1', { connections: 100 }));
    const clients = Array.from({ length: 100 }, () => connectTo(backend));
    try {
      const answers = await Promise.all(clients.map((client) => client.ping()));
      expect(answers).toEqual(Array.from(clients, () => 'PONG'));
      const [, most] = (await redis.config('GET', 'maxclients')) as string[];
      expect(Number(most)).toBeGreaterThan(100 + 1); // room for the control plane

      await engine.up(specOf('r-1', { connections: 10 }));
      expect(await redis.config('GET', 'maxclients')).toEqual(['maxclients', most]);
    } finally {
      for (const client of clients) client.disconnect();
    }
  });

  test('sets parameters by their old names too, all of them or none, and leaves out what this Redis does not have', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const settings = {
      'hash-max-ziplist-entries': '7',
      'client-output-buffer-limit pubsub': '1000 500 5',
      'of-a-later-redis': 'yes',
    };
    using redis = connectTo(await engine.up(specOf('r-1', { settings })));
    const read = async (name: string) => (await redis.config('GET', name)) as string[];
    expect((await read('hash-max-listpack-entries'))[1]).toBe('7');
    expect((await read('client-output-buffer-limit'))[1]).toContain('pubsub 1000 500 5');
    const wrong = { 'hash-max-ziplist-entries': '8', hz: 'many' };
    await expect(engine.up(specOf('r-1', { settings: wrong }))).rejects.toMatchObject({
      code: 'EngineFailed',
    });
    expect((await read('hash-max-listpack-entries'))[1]).toBe('7');
  });

  test('takes whatever the rule of a parameter lets through', async () => {
    await using lab = await newLab();
    const engine = await lab.open();
    const all = Object.entries(PARAMETERS).filter(([, { by }]) => by === 'redis');
    const values = all.flatMap(([name, one]) =>
      extremesOf(one).map((value) => [name, value] as const),
    );
    expect(values.length).toBeGreaterThan(40);
    for (const [name, value] of values) {
      await engine.up(specOf('r-1', { settings: { [name]: value } }));
    }
    using redis = connectTo(await engine.up(specOf('r-1')));
    const names = all.map(([name]) => name.split(' ')[0] ?? name);
    const known = (await redis.config('GET', ...names)) as string[];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('two simulators do not see each other, by the same instance id too', async () => {
    await using lab = await newLab();
    const ours = await lab.open();
    const theirs = await lab.open({ simulatorId: randomUUID() });
    using redis = connectTo(await ours.up(specOf('r-1')));
    await redis.set('key', 'value');
    expect(await theirs.list()).toEqual([]);
    await theirs.up(specOf('r-1'));
    await theirs.remove('r-1');
    expect(await redis.get('key')).toBe('value');
    expect(await ours.list()).toEqual(['r-1']);
  });

  test('one that keeps nothing leaves nothing: no process, no container, no file', async () => {
    await using lab = await newLab();
    const engine = await lab.open({ persistent: false });
    const backend = await engine.up(specOf('r-1'));
    const pid = await pidOf(backend);
    expect(await lab.traces()).not.toEqual([]);
    await engine.close();
    expect(await lab.traces()).toEqual([]);
    if (kind === 'process') expect(isAlive(pid)).toBe(false);
  });
}

function loginTo(backend: Backend, name: string) {
  const login = backend.logins.get(name);
  if (!login) throw new Error(`no login for ${name}`);
  return { ...placeOf(backend), ...login };
}

/** Both ends of a range, every choice, and what a pattern has to let through. */
function extremesOf({ rule, initial }: Parameter): readonly string[] {
  const range = /^\[(-?\d+)-(\d+)\]$/.exec(rule.text);
  const choices = /^\[([a-z|-]+)\]$/.exec(rule.text)?.[1]?.split('|');
  const values = range?.slice(1) ?? choices ?? ['KEg$lshzxetmdnA', '999999999999999 0 999999999'];
  return [...values, initial].filter((value) => rule.written(value) === value);
}

/** Ids of the instances whose backends were lost, as they are told. */
function losses(engine: Engine): string[] {
  const lost: string[] = [];
  engine.onLost((instanceId) => lost.push(instanceId));
  return lost;
}

function placeOf({ host, port, path }: Backend) {
  return { host, port, path };
}

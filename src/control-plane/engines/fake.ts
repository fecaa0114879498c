/** An engine of memory only, for tests of the control plane: no sockets, and it fails when it is told to. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { SimulatorError } from '../core/errors.js';
import type { EngineCounts } from '../core/reading.js';
import type {
  Aged,
  Backend,
  BackendSpec,
  BackendUser,
  DataCopy,
  Dump,
  Engine,
  Loaded,
  RdbSource,
  Witness,
} from '../ports.js';
import { rdbOfTexts, textsOf } from '../rdb/texts.js';
import type { BackendLogin, CommandRow } from '../../server/index.js';

export type FakeVerb =
  | 'up'
  | 'down'
  | 'adopt'
  | 'usedMemory'
  | 'remove'
  | 'list'
  | 'age'
  | 'copyData'
  | 'putDataBack'
  | 'dump'
  | 'load'
  | 'rdbVersion'
  | 'dataMark';

interface FakeCopy extends DataCopy {
  readonly expiries: ReadonlyMap<string, number>;
  readonly values: ReadonlyMap<string, string>;
}

const VERSION = '7.0.15';
const RDB_VERSION = 10;
const DATABASES = 16;

/** Enough of Redis' table to tell writes, reads and the rest apart. */
const COMMANDS: readonly CommandRow[] = [
  row('get', 2, 'read'),
  row('set', -3, 'write'),
  row('eval', -3),
  row('ping', -1),
  row('multi', 1),
  row('exec', 1),
  { ...row('config', -2), subcommands: [row('config|get', -3), row('config|set', -4)] },
];

export class FakeEngine implements Engine {
  readonly kind = 'fake';
  readonly summary = 'none: backends are only remembered';
  readonly ownsSettings = true;
  /** What is up, as it was last told to be. */
  readonly backends = new Map<string, BackendSpec>();
  /** Every verb so far, e.g. `up r-1`, those that failed too. */
  readonly calls: string[] = [];
  /** What `usedMemory` answers, by instance; 0 where nothing is said. */
  readonly usedBytes = new Map<string, number>();
  /** What `counts` answers, by instance; where nothing is said, that it cannot be asked. */
  readonly counted = new Map<string, EngineCounts>();
  readonly #failures: { readonly verb: FakeVerb; readonly problem: string }[] = [];
  readonly #known = new Set<string>();
  /** The data, as far as it matters: keys with their expiries, by instance. */
  readonly expiries = new Map<string, Map<string, number>>();
  /** And keys with their values, as far as backups are concerned. */
  readonly values = new Map<string, Map<string, string>>();
  /** Whose data it is, by instance: that of the first of those who had it. */
  readonly #data = new Map<string, string>();
  #lost: (instanceId: string, why: string) => void = () => undefined;

  /** The next call of `verb` throws EngineFailed and changes nothing; asked for twice, the next two do. */
  failNext(verb: FakeVerb, problem: string): void {
    this.#failures.push({ verb, problem });
  }

  /** As if the backend had crashed: its data is left, and the control plane is told. */
  lose(instanceId: string, why = 'it was told to crash'): void {
    this.backends.delete(instanceId);
    this.#lost(instanceId, why);
  }

  onLost(listener: (instanceId: string, why: string) => void): void {
    this.#lost = listener;
  }

  async up(spec: BackendSpec): Promise<Backend> {
    await this.#begin('up', spec.instanceId);
    this.#known.add(spec.instanceId);
    if (!this.#data.has(spec.instanceId)) this.#data.set(spec.instanceId, spec.instanceId);
    this.backends.set(spec.instanceId, spec);
    return {
      host: '127.0.0.1',
      // No port that anybody can connect to; the same again for the same instance.
      port: 1 + [...this.#known].indexOf(spec.instanceId),
      username: 'default',
      password: `password of ${spec.instanceId}`,
      version: VERSION,
      commands: JSON.stringify(COMMANDS),
      logins: new Map(spec.users.map((user) => [user.name, loginOf(user)])),
    };
  }

  async age(instanceId: string, ms: number): Promise<Aged> {
    await this.#begin('age', instanceId);
    const keys = this.expiries.get(instanceId) ?? new Map<string, number>();
    for (const [key, expiry] of keys) keys.set(key, expiry - ms);
    return { keys: keys.size, fields: 0 };
  }

  async copyData(instanceId: string): Promise<DataCopy> {
    await this.#begin('copyData', instanceId);
    const expiries = new Map(this.expiries.get(instanceId));
    const values = new Map(this.values.get(instanceId));
    const copy: FakeCopy = { keys: expiries.size, bytes: 0, expiries, values };
    return copy;
  }

  async putDataBack(instanceId: string, copy: DataCopy, laterMs: number): Promise<void> {
    await this.#begin('putDataBack', instanceId);
    const { expiries, values } = copy as FakeCopy;
    this.values.set(instanceId, new Map(values));
    const moved = [...expiries].map(([key, expiry]) => [key, expiry + laterMs] as const);
    this.expiries.set(instanceId, new Map(moved));
  }

  witness(instanceId: string): Promise<Witness | null> {
    const found = [...(this.expiries.get(instanceId) ?? [])].sort(([, a], [, b]) => b - a)[0];
    return Promise.resolve(
      found ? { database: 0, key: found[0], field: null, expiresAt: found[1] } : null,
    );
  }

  expiryOf(instanceId: string, { key }: Witness): Promise<number | null> {
    return Promise.resolve(this.expiries.get(instanceId)?.get(key) ?? null);
  }

  async down(instanceId: string): Promise<void> {
    await this.#begin('down', instanceId);
    this.backends.delete(instanceId);
  }

  async adopt(from: string, to: string): Promise<boolean> {
    await this.#begin('adopt', from);
    const data = this.#data.get(from);
    this.backends.delete(from);
    if (data === undefined) return this.#data.has(to);
    this.#data.set(to, data);
    this.#known.add(to);
    this.#data.delete(from);
    this.#known.delete(from);
    return true;
  }

  /** The instance that the data of this one was made for, as adoptions handed it on; undefined where there is none. */
  dataOf(instanceId: string): string | undefined {
    return this.#data.get(instanceId);
  }

  async usedMemory(instanceId: string): Promise<number> {
    await this.#begin('usedMemory', instanceId);
    return this.usedBytes.get(instanceId) ?? 0;
  }

  counts(instanceId: string): Promise<EngineCounts> {
    return Promise.resolve(this.counted.get(instanceId) ?? { cpuSeconds: null, info: null });
  }

  async dump(instanceId: string): Promise<Dump> {
    await this.#begin('dump', instanceId);
    return { rdb: Readable.from([this.#rdbOf(instanceId)]), version: VERSION };
  }

  async load(instanceId: string, rdb: RdbSource, shiftMs: number): Promise<Loaded> {
    await this.#begin('load', instanceId);
    const keys = textsOf(await buffer(rdb.open()));
    this.values.set(instanceId, new Map(keys.map(({ key, value }) => [key, value])));
    const volatile = keys.flatMap(({ key, expiresAt }) =>
      expiresAt === null ? [] : [[key, expiresAt + shiftMs] as const],
    );
    this.expiries.set(instanceId, new Map(volatile));
    return { keys: keys.length, leftOut: [] };
  }

  async rdbVersion(instanceId: string): Promise<number> {
    await this.#begin('rdbVersion', instanceId);
    return RDB_VERSION;
  }

  databases(): Promise<number> {
    return Promise.resolve(DATABASES);
  }

  async dataMark(instanceId: string): Promise<string> {
    await this.#begin('dataMark', instanceId);
    return this.#rdbOf(instanceId).toString('base64');
  }

  #rdbOf(instanceId: string): Buffer {
    const expiries = this.expiries.get(instanceId);
    const values = [...(this.values.get(instanceId) ?? [])];
    const keys = values.map(([key, value]) => ({
      key,
      value,
      expiresAt: expiries?.get(key) ?? null,
    }));
    return rdbOfTexts(keys, VERSION);
  }

  async remove(instanceId: string): Promise<void> {
    await this.#begin('remove', instanceId);
    this.values.delete(instanceId);
    this.#data.delete(instanceId);
    this.backends.delete(instanceId);
    this.#known.delete(instanceId);
    this.expiries.delete(instanceId);
  }

  async list(): Promise<readonly string[]> {
    await this.#begin('list', '');
    return [...this.#known];
  }

  close(): Promise<void> {
    this.backends.clear();
    return Promise.resolve();
  }

  /** Not done at once, as with the others: who forgets to wait is found out. */
  async #begin(verb: FakeVerb, id: string): Promise<void> {
    this.calls.push(`${verb} ${id}`.trim());
    await Promise.resolve();
    const at = this.#failures.findIndex((failure) => failure.verb === verb);
    if (at < 0) return;
    const problem = this.#failures[at]?.problem ?? '';
    this.#failures.splice(at, 1);
    const wayOut = 'Try again';
    throw new SimulatorError('EngineFailed', { engine: this.kind, verb, id, problem, wayOut });
  }
}

function row(name: string, arity: number, does?: 'read' | 'write'): CommandRow {
  const flags = { write: does === 'write', read: does === 'read', noAuth: false };
  return { name, arity, ...flags, subcommands: [] };
}

function loginOf({ name }: BackendUser): BackendLogin {
  return { username: `user ${name}`, password: `password of ${name}` };
}

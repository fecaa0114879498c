/** A whole control plane with nothing real outside: for tests of states, money and time. Nothing in it waits. */
import { randomUUID } from 'node:crypto';
import { ControlPlane } from '../../src/control-plane/control-plane.js';
import { DEFAULT_ACCOUNT } from '../../src/control-plane/core/decisions.js';
import {
  destroyInstance,
  openAccount,
  releaseInstance,
  requestInstance,
  setBalance,
  topUp,
  type InstanceRequest,
} from '../../src/control-plane/core/decisions.js';
import { grantCredit } from '../../src/control-plane/core/decisions.js';
import type { Draft } from '../../src/control-plane/core/draft.js';
import { usedMemoryOf } from '../../src/control-plane/actions/used-memory.js';
import { changeClass, orderInstance, payOrder } from '../../src/control-plane/core/order-kinds.js';
import { orderRenewal } from '../../src/control-plane/core/renewal.js';
import {
  formatInstant,
  parseDuration,
  parseInstant,
  type Instant,
} from '../../src/control-plane/core/duration.js';
import { formatMoney, parseMoney, plus, ZERO } from '../../src/control-plane/core/money.js';
import type {
  Account,
  Instance,
  LedgerEntry,
  SimulatorEvent,
} from '../../src/control-plane/core/world.js';
import { CLASS_CEILINGS } from '../../src/control-plane/core/ceilings.js';
import { whitelistOf } from '../../src/control-plane/core/whitelist.js';
import { DEFAULT_INSTANCE_CLASS } from '../../src/control-plane/core/instance-classes.js';
import { FakeEngine } from '../../src/control-plane/engines/fake.js';
import type { DataPlane, Engine, StateStore } from '../../src/control-plane/ports.js';
import { MemoryBackups } from './memory-backups.js';
import { Reconciler } from '../../src/control-plane/reconciler.js';
import { MemoryStore } from '../../src/control-plane/stores/memory-store.js';
import {
  DataPlaneError,
  type EndpointSpec,
  type ShiftBegun,
  type ShiftedTo,
  type ShiftOf,
  type TimeMap,
  type TrafficCounts,
} from '../../src/server/index.js';

export const START = parseInstant('start', '2026-01-01T00:00:00Z');
/** More rows than any test makes. */
const ALL = 10_000_000;

/** Told of each call to the outside before it is made, e.g. `engine up r-1`; may throw, and may wait. */
export type OnCall = (call: string) => void | Promise<void>;

/** Endpoints that are only remembered. */
export class FakeDataPlane implements DataPlane {
  readonly endpoints = new Map<string, EndpointSpec & { readonly port: number }>();
  /** Ports of other programs. */
  readonly busyPorts = new Set<number>();
  readonly times = new Map<string, TimeMap | null>();
  /** Where commands wait; true: all of them. */
  readonly shifting = new Map<string, boolean>();
  /** Where a client has given an expiry since the last shift. */
  readonly gaveExpiry = new Set<string>();
  /** Where no client has written since it was marked. */
  readonly unwritten = new Set<string>();

  /** What passed, by instance. */
  readonly passed = new Map<string, TrafficCounts>();
  /** Which Redis does not answer when a shift begins, where it holds all commands. */
  failing: ShiftBegun['failed'] = [];

  constructor(private readonly onCall: OnCall) {}

  async apply(spec: EndpointSpec): Promise<{ readonly port: number }> {
    await this.onCall(`endpoint ${spec.instanceId} ${servedBy(spec)}`);
    const open = this.endpoints.get(spec.instanceId);
    const port = open?.port ?? this.#portFor(spec);
    this.endpoints.set(spec.instanceId, { ...spec, port });
    return { port };
  }

  async settle(instanceId: string): Promise<void> {
    await this.onCall(`settle ${instanceId}`);
  }

  async setTimes(times: readonly ShiftedTo[]): Promise<void> {
    await this.onCall(`time of ${idsOf(times)}`);
    for (const { instanceId, time } of times) this.times.set(instanceId, time);
  }

  async beginShift(ids: readonly ShiftOf[]): Promise<ShiftBegun> {
    await this.onCall(`shift begins for ${idsOf(ids)}`);
    for (const { instanceId, volatile } of ids) {
      const isWhole = volatile || this.gaveExpiry.has(instanceId);
      this.shifting.set(instanceId, isWhole || this.shifting.get(instanceId) === true);
    }
    const held = ids.map((id) => id.instanceId).filter((id) => this.shifting.get(id));
    return { held, failed: this.failing.filter(({ instanceId }) => held.includes(instanceId)) };
  }

  async endShift(times: readonly ShiftedTo[]): Promise<void> {
    await this.onCall(`shift ends for ${idsOf(times)}`);
    for (const { instanceId, time } of times) {
      this.times.set(instanceId, time);
      this.shifting.delete(instanceId);
      this.gaveExpiry.delete(instanceId);
    }
  }

  async written(): Promise<readonly string[]> {
    await this.onCall('shift asks what was written');
    return [...this.endpoints.keys()].filter((id) => !this.unwritten.has(id));
  }

  async markUnwritten(instanceId: string): Promise<void> {
    await this.onCall(`shift marks ${instanceId}`);
    this.unwritten.add(instanceId);
  }

  async traffic(): Promise<readonly TrafficCounts[]> {
    await this.onCall('read traffic');
    return [...this.endpoints.keys()].flatMap((id) => this.passed.get(id) ?? []);
  }

  async remove(instanceId: string): Promise<void> {
    await this.onCall(`endpoint ${instanceId} closed`);
    this.endpoints.delete(instanceId);
    this.times.delete(instanceId);
    this.shifting.delete(instanceId);
    this.gaveExpiry.delete(instanceId);
    this.unwritten.delete(instanceId);
  }

  close(): Promise<void> {
    this.endpoints.clear();
    return Promise.resolve();
  }

  #portFor({ port, host }: EndpointSpec): number {
    const taken = new Set([...this.busyPorts, ...[...this.endpoints.values()].map((e) => e.port)]);
    if (typeof port === 'number') {
      if (taken.has(port)) throw new DataPlaneError('PortBusy', { port: String(port), host });
      return port;
    }
    for (let free = port.from; free <= port.to; free += 1) if (!taken.has(free)) return free;
    const range = { from: String(port.from), to: String(port.to), host };
    throw new DataPlaneError('NoFreePort', range);
  }
}

export interface WorldOptions {
  /** Of the default account; 100 by default. */
  readonly balance?: string;
  /** Frozen by default. */
  readonly rate?: number;
  readonly store?: StateStore;
  /** Of one advance. */
  readonly stepsMax?: number;
}

/** What `restart` and `crash` leave is the store and the engine's data; everything else is made anew. */
export class FakeWorld implements AsyncDisposable {
  readonly store: StateStore;
  readonly engine = new FakeEngine();
  readonly backups = new MemoryBackups();
  /** Every call to the outside, in order. */
  readonly journal: string[] = [];
  readonly logged: string[] = [];
  onCall: OnCall = () => undefined;
  dataPlane!: FakeDataPlane;
  controlPlane!: ControlPlane;
  reconciler!: Reconciler;
  #running = false;
  /** Counts crashes: whoever belongs to an earlier life does nothing any more. */
  #life = 0;

  private constructor(private readonly options: WorldOptions) {
    this.store = options.store ?? memoryStore();
  }

  static async open(options: WorldOptions = {}): Promise<FakeWorld> {
    const world = new FakeWorld(options);
    await world.#start(options.rate);
    return world;
  }

  /** False after a start that failed. */
  get running(): boolean {
    return this.#running;
  }

  async restart(rate?: number): Promise<void> {
    await this.stop();
    await this.#start(rate);
  }

  /** As a kill -9: what was under way is never heard of again. */
  async crash(): Promise<void> {
    this.#running = false;
    this.#life += 1;
    await this.engine.close();
    await this.#start(undefined);
  }

  async stop(): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    await this.controlPlane.close();
    await this.reconciler.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.onCall = () => undefined;
    await this.stop();
  }

  async create(wanted: Partial<InstanceRequest> = {}): Promise<Instance> {
    if (wanted.chargeType === 'PrePaid') return this.subscribe(1, wanted);
    const request = { ...ORDER, ...wanted };
    const id = await this.controlPlane.decide((draft) => requestInstance(draft, request));
    return this.controlPlane.instance(id);
  }

  /** A subscription, ordered and paid at once. */
  async subscribe(
    months: number,
    wanted: Partial<InstanceRequest> = {},
    autoRenewMonths: number | null = null,
  ): Promise<Instance> {
    const request: InstanceRequest = { ...ORDER, ...wanted, chargeType: 'PrePaid' };
    const id = await this.controlPlane.decide((draft) =>
      payOrder(draft, orderInstance(draft, request, { months, autoRenewMonths }).id),
    );
    return this.controlPlane.instance(id);
  }

  /** Ordered, and not paid. Returns the order's id. */
  order(months: number, wanted: Partial<InstanceRequest> = {}): Promise<string> {
    const request: InstanceRequest = { ...ORDER, ...wanted, chargeType: 'PrePaid' };
    const subscription = { months, autoRenewMonths: null };
    return this.controlPlane.decide((draft) => orderInstance(draft, request, subscription).id);
  }

  async pay(order: string): Promise<string> {
    const used = this.controlPlane.read((draft) => draft.record('orders', order)).instanceId;
    return this.controlPlane.decideOn(usedMemoryOf(this.controlPlane, used), (draft, known) =>
      payOrder(draft, order, known),
    );
  }

  /** Paid at once. */
  renew(id: string, months: number): Promise<string> {
    return this.controlPlane.decide((draft) => payOrder(draft, orderRenewal(draft, id, months).id));
  }

  /** Paid at once, where something has to be paid. */
  resize(id: string, instanceClass: string, autoPay = true): Promise<string | null> {
    return this.controlPlane.decideOn(usedMemoryOf(this.controlPlane, id), (draft, used) =>
      changeClass(draft, { id, instanceClass, autoPay }, used),
    );
  }

  async grant(amount: string, purpose = 'a promotion', account = DEFAULT_ACCOUNT): Promise<void> {
    await this.controlPlane.decide((draft) =>
      grantCredit(draft, account, parseMoney('amount', amount), purpose),
    );
  }

  delete(id: string): Promise<Instance> {
    return this.controlPlane.changeInstance(id, (draft) => releaseInstance(draft, id));
  }

  destroy(id: string): Promise<Instance> {
    return this.controlPlane.changeInstance(id, (draft) => destroyInstance(draft, id));
  }

  topUp(amount: string, account = DEFAULT_ACCOUNT): Promise<Account> {
    return this.#ofAccount(account, (draft) => topUp(draft, account, parseMoney('amount', amount)));
  }

  setBalance(balance: string, account = DEFAULT_ACCOUNT): Promise<Account> {
    return this.#ofAccount(account, (draft) =>
      setBalance(draft, account, parseMoney('balance', balance)),
    );
  }

  openAccount(id: string, credit = '0'): Promise<Account> {
    return this.#ofAccount(id, (draft) => openAccount(draft, id, parseMoney('credit', credit)));
  }

  /** A client writes: to the data that Redis has, behind the endpoint that notices. */
  write(id: string, key: string, value: string): void {
    const values = this.engine.values.get(id) ?? new Map<string, string>();
    this.engine.values.set(id, values.set(key, value));
    this.dataPlane.unwritten.delete(id);
  }

  /** What is in there, key by key. */
  data(id: string): Record<string, string> {
    return Object.fromEntries(this.engine.values.get(id) ?? []);
  }

  async #ofAccount(id: string, decide: (draft: Draft) => void): Promise<Account> {
    await this.controlPlane.decide(decide);
    return this.controlPlane.account(id);
  }

  async advance(by: string): Promise<void> {
    const byMs = parseDuration('by', by);
    await this.controlPlane.advanceTo((now) => now + byMs);
  }

  balance(account = DEFAULT_ACCOUNT): string {
    return formatMoney(this.controlPlane.account(account).balance);
  }

  now(): string {
    return formatInstant(this.controlPlane.clock.now());
  }

  /** `r-1 active, r-2 frozen`. */
  states(): string {
    const instances = [...this.controlPlane.world.instances.values()];
    return instances.map(({ id, state }) => `${id} ${state}`).join(', ');
  }

  events(after = 0): readonly SimulatorEvent[] {
    return this.store.events({ after, limit: ALL }).rows;
  }

  ledger(account = DEFAULT_ACCOUNT, after = 0): readonly LedgerEntry[] {
    return this.store.ledger({ accountId: account, after, limit: ALL }).rows;
  }

  /** What happened, a line for each event, `\n` before and after so that snapshots read well. */
  timeline(after = 0): string {
    return timelineOf(this.events(after));
  }

  async #start(rate: number | undefined): Promise<void> {
    // Whoever is left over from before a crash acts on what it had, not on what is new.
    const life = this.#life;
    const tell: OnCall = async (call) => {
      // Its timers go on in this process, such as the one that tries again after two seconds; a kill ends them.
      if (life !== this.#life) return new Promise(() => undefined);
      // Time goes along with everything, and by itself: test/control-plane/data-clock.test.ts.
      if (/^(time|shift|read) /.test(call)) return;
      this.journal.push(call);
      await this.onCall(call);
    };
    this.dataPlane = new FakeDataPlane(tell);
    const engine = overheard(this.engine, tell);
    this.reconciler = new Reconciler(engine, this.dataPlane, { from: 6400, to: 7400 });
    this.controlPlane = await ControlPlane.open({
      store: this.store,
      engine,
      dataPlane: this.dataPlane,
      reconciler: this.reconciler,
      backupStore: this.backups,
      firstClock: { now: START, rate: this.options.rate ?? 0 },
      rate,
      openingBalance: parseMoney('balance', this.options.balance ?? '100'),
      stepsMax: this.options.stepsMax,
      log: (line) => this.logged.push(line),
    });
    this.#running = true;
  }
}

/** What a customer orders who wants nothing special. */
export const ORDER: InstanceRequest = {
  name: '',
  accountId: DEFAULT_ACCOUNT,
  instanceClass: DEFAULT_INSTANCE_CLASS,
  terms: 'tos',
  chargeType: 'PostPaid',
  wireProfile: 'apsaradb',
  host: '127.0.0.1',
  port: null,
  password: null,
  passwordFree: true,
  whitelist: whitelistOf(['127.0.0.0/8']),
  commandProfile: 'apsaradb',
  parameters: {},
  ...CLASS_CEILINGS,
  // Tests that are about backups turn them on.
  dailyBackups: false,
};

export function memoryStore(): MemoryStore {
  return new MemoryStore({ simulatorId: randomUUID(), secret: 'a secret of the tests' });
}

/** A line for each event; the charges between two others are one line. */
export function timelineOf(events: readonly SimulatorEvent[]): string {
  const lines: string[] = [];
  for (let i = 0; i < events.length;) {
    const event = events[i];
    if (!event) break;
    let end = i + 1;
    if (event.type === 'charged') while (events[end]?.type === 'charged') end += 1;
    const run = events.slice(i, end);
    const clause = (event.clause ?? '-').padEnd(8);
    lines.push(`${timesOf(run)} ${clause} ${run.length > 1 ? summaryOf(run) : event.text}`);
    i = end;
  }
  return `\n${lines.join('\n')}\n`;
}

function timesOf(run: readonly SimulatorEvent[]): string {
  const times = [run.at(0), run.at(-1)].map((event) => shortTime(event?.at ?? START));
  return (times[0] === times[1] ? (times[0] ?? '') : times.join(' .. ')).padEnd(26);
}

function summaryOf(charges: readonly SimulatorEvent[]): string {
  const amounts = charges.map(({ data }) => parseMoney('amount', data.amount ?? ''));
  const total = formatMoney(amounts.reduce(plus, ZERO));
  const balance = charges.at(-1)?.data.balance ?? '';
  return `${String(charges.length)} charges, ${total} CNY in all, balance ${balance}`;
}

/** `01-08 03:00`, with seconds only where there are some: all of it happens in 2026. */
function shortTime(at: Instant): string {
  return formatInstant(at).slice(5, -1).replace('T', ' ').replace(/:00$/, '');
}

function idsOf(rows: readonly { readonly instanceId: string }[]): string {
  return rows.map(({ instanceId }) => instanceId).join(', ');
}

function servedBy(spec: EndpointSpec): string {
  if (spec.backend === null) return 'serves nobody';
  const { reads, writes } = spec.access;
  return `reads ${reads === null ? 'pass' : 'refused'}, writes ${writes === null ? 'pass' : 'refused'}`;
}

function overheard(engine: FakeEngine, tell: OnCall): Engine {
  return {
    kind: engine.kind,
    summary: engine.summary,
    ownsSettings: engine.ownsSettings,
    up: async (spec) => {
      await tell(`engine up ${spec.instanceId}, writes ${spec.writesRefused ? 'refused' : 'pass'}`);
      return engine.up(spec);
    },
    down: async (id) => {
      await tell(`engine down ${id}`);
      await engine.down(id);
    },
    adopt: async (from, to) => {
      await tell(`engine adopt ${from} -> ${to}`);
      return engine.adopt(from, to);
    },
    usedMemory: (id) => engine.usedMemory(id),
    counts: async (id) => {
      await tell(`read ${id}`);
      return engine.counts(id);
    },
    copyData: (id) => engine.copyData(id),
    putDataBack: async (id, copy, laterMs) => {
      await tell(`engine put back ${id}`);
      await engine.putDataBack(id, copy, laterMs);
    },
    remove: async (id) => {
      await tell(`engine remove ${id}`);
      await engine.remove(id);
    },
    dump: async (id) => {
      await tell(`engine dump ${id}`);
      return engine.dump(id);
    },
    load: async (id, rdb, shiftMs) => {
      await tell(`engine load ${id}, ${String(shiftMs)} ms later`);
      return engine.load(id, rdb, shiftMs);
    },
    rdbVersion: (id) => engine.rdbVersion(id),
    databases: () => engine.databases(),
    dataMark: (id) => engine.dataMark(id),
    age: (id, ms) => engine.age(id, ms),
    witness: (id) => engine.witness(id),
    expiryOf: (id, witness) => engine.expiryOf(id, witness),
    list: () => engine.list(),
    onLost: (listener) => engine.onLost(listener),
    close: () => engine.close(),
  };
}

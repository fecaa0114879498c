/**
 * Random lives of whole simulators, with what must hold after every step. Nothing
 * waits, so thousands of steps are cheap. A failure prints the seed: the same
 * again with FROSTGATE_SEED=<seed> npx vitest run test/control-plane/simulation.test.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accessOf } from '../../src/control-plane/core/access.js';
import { nextDeadline } from '../../src/control-plane/core/deadlines.js';
import { HOUR_MS } from '../../src/control-plane/core/duration.js';
import { SimulatorError, type ErrorCode } from '../../src/control-plane/core/errors.js';
import { createAccount, deleteAccount } from '../../src/control-plane/core/database-accounts.js';
import { changeAuthMode } from '../../src/control-plane/core/instance-changes.js';
import { factsOf, isUp } from '../../src/control-plane/core/state-facts.js';
import type { State } from '../../src/control-plane/core/lifecycle.js';
import type { LedgerEntry, SimulatorEvent } from '../../src/control-plane/core/world.js';
import { SqliteStore } from '../../src/control-plane/stores/sqlite-store.js';
import { stepOrResetOf, type Step } from '../support/arbitraries.js';
import { FakeWorld } from '../support/fake-world.js';
import { until } from '../support/raw-client.js';

const HASH = { salt: '00', hash: '00' };
const SEED = Number(process.env.FROSTGATE_SEED ?? Math.floor(Math.random() * 2 ** 31));
/** What a step may be refused with; anything else is a mistake of ours. */
const REFUSALS: readonly ErrorCode[] = [
  'InsufficientBalance',
  'IllegalTransition',
  'IncorrectDBInstanceState',
  'EngineFailed',
  'AdvanceFailed',
  'NotInEffectYet',
];

test('short histories keep what must hold, over and over from the beginning', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepOrResetOf, { maxLength: 40 }), async (steps) => {
      await using world = await FakeWorld.open({ balance: '3' });
      await live(world, steps);
    }),
    { numRuns: 150, seed: SEED },
  );
});

test('a long history keeps what must hold', async () => {
  await using world = await FakeWorld.open({ balance: '50' });
  const steps = fc.sample(stepOrResetOf, { numRuns: 3000, seed: SEED });
  await withSeed(() => live(world, steps, { storeCheckedEvery: 25 }));
});

test('so does one that is written to disk, and read from it again after each step', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'frostgate-simulation-'));
  const store = new SqliteStore(directory);
  try {
    await using world = await FakeWorld.open({ balance: '50', store });
    await withSeed(() => live(world, fc.sample(stepOrResetOf, { numRuns: 400, seed: SEED })));
  } finally {
    store.close();
    rmSync(directory, { recursive: true });
  }
});

async function withSeed(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch (cause) {
    throw new Error(`with FROSTGATE_SEED=${String(SEED)}: ${String(cause)}`, { cause });
  }
}

async function live(
  world: FakeWorld,
  steps: readonly Step[],
  { storeCheckedEvery = 1 } = {},
): Promise<void> {
  const invariants = new Invariants(world, storeCheckedEvery);
  const fallen = new Set<string>();
  invariants.check();
  for (const [i, step] of steps.entries()) {
    try {
      const before = step.does === 'restart' ? memoryOf(world) : undefined;
      await unlessRefused(() => take(world, step, fallen));
      invariants.check();
      await untilNothingFails(world);
      invariants.check();
      invariants.checkOutside();
      if (before) expect(memoryOf(world)).toEqual(before);
    } catch (cause) {
      const past = steps.slice(Math.max(0, i - 5), i + 1).map((one) => JSON.stringify(one));
      throw new Error(`step ${String(i)} of:\n${past.join('\n')}\n${String(cause)}`, { cause });
    }
  }
}

async function take(world: FakeWorld, step: Step, fallen = new Set<string>()): Promise<void> {
  const { accounts, instances } = world.controlPlane.world;
  const nth = (ids: Iterable<string>, n: number) => {
    const all = [...ids];
    return all[n % all.length] ?? '';
  };
  switch (step.does) {
    case 'create': {
      const { instanceClass, terms } = step;
      await world.create({ accountId: nth(accounts.keys(), step.account), instanceClass, terms });
      return;
    }
    case 'delete':
      if (instances.size > 0) await world.delete(nth(instances.keys(), step.instance));
      return;
    case 'destroy':
      if (instances.size > 0) await world.destroy(nth(instances.keys(), step.instance));
      return;
    case 'toggle-login': {
      const id = nth(instances.keys(), step.instance);
      const { name } = step;
      const isThere = instances.get(id)?.databaseAccounts.some((one) => one.name === name);
      const account = { name, privilege: 'RoleReadOnly', description: '', password: HASH } as const;
      if (isThere === undefined) return;
      await world.controlPlane.changeInstance(id, (draft) => {
        if (isThere) deleteAccount(draft, id, name);
        else createAccount(draft, id, account);
      });
      return;
    }
    case 'set-auth-mode': {
      const id = nth(instances.keys(), step.instance);
      if (instances.size === 0) return;
      await world.controlPlane.changeInstance(id, (draft) => {
        changeAuthMode(draft, id, step.passwordFree);
      });
      return;
    }
    case 'open-account':
      await world.openAccount(`account-${String(accounts.size)}`, step.credit);
      return;
    case 'top-up':
      await world.topUp(step.amount, nth(accounts.keys(), step.account));
      return;
    case 'set-balance':
      await world.setBalance(step.balance, nth(accounts.keys(), step.account));
      return;
    case 'advance':
      await world.advance(`${String(step.byMs)}ms`);
      return;
    case 'fail':
      for (let i = 0; i < step.times; i += 1) world.engine.failNext(step.verb, 'as told');
      return;
    case 'lose-backend': {
      const [id] = [...world.engine.backends.keys()].slice(step.instance % 7);
      // One that falls a second time is brought up after a while of real time only.
      if (id === undefined || fallen.has(id)) return;
      fallen.add(id);
      world.engine.lose(id);
      await until('the backend is back', async () => {
        await unlessRefused(() => world.advance('0s')); // rather than wait for the next try
        return world.engine.backends.has(id);
      });
      return;
    }
    case 'restart':
      await world.restart();
      return;
    case 'crash':
      await crashDuring(world, step.during, step.atCall);
      return;
    case 'reset':
      await world.controlPlane.reset();
      return;
  }
}

async function crashDuring(world: FakeWorld, step: Step, atCall: number): Promise<void> {
  let calls = 0;
  const reached = new Promise<void>((resolve) => {
    world.onCall = () => {
      calls += 1;
      if (calls <= atCall) return;
      resolve();
      return new Promise(() => undefined); // never answered
    };
  });
  await Promise.race([reached, unlessRefused(() => take(world, step))]);
  world.onCall = () => undefined;
  await world.crash();
}

async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SimulatorError && REFUSALS.includes(error.code)) return;
    throw error;
  }
}

/** The engine fails as often as it was told to, and whoever keeps on asking gets there. */
async function untilNothingFails(world: FakeWorld): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      // A start that failed is tried again as a start.
      if (!world.running) await world.restart();
      await world.advance('0s');
      return;
    } catch (error) {
      if (tries > 100) throw error;
    }
  }
}

/** Everything that a restart has to keep. */
function memoryOf(world: FakeWorld): unknown {
  const { accounts, instances, counters } = world.controlPlane.world;
  const { clock } = world.controlPlane;
  return {
    accounts: [...accounts],
    instances: [...instances],
    // A backend that does not come back at once is an event of its own.
    counters: { ...counters, nextEvent: 0 },
    clock: [clock.now(), clock.rate],
  };
}

interface Billed {
  readonly hours: number;
  readonly until: number;
  readonly since: number | null;
}

const NEVER_BILLED: Billed = { hours: 0, until: 0, since: null };

class Invariants {
  #entrySeq = 0;
  #eventSeq = 0;
  #eventAt = 0;
  #now = 0;
  #checks = 0;
  readonly #sums = new Map<string, bigint>();
  readonly #charges = new Map<string, number>();
  /** Of each instance: the hours that were started before the billing stopped, until when they are, and since when it goes on. */
  readonly #billed = new Map<string, Billed>();

  constructor(
    private readonly world: FakeWorld,
    /** Comparing all that is stored is by far the slowest of the checks. */
    private readonly storeCheckedEvery: number,
  ) {}

  check(): void {
    if (!this.world.running) return;
    this.#checkEvents();
    this.#checkLedger();
    this.#checkTime();
    this.#checkArrears();
    this.#checkCharges();
    if ((this.#checks += 1) % this.storeCheckedEvery === 0) this.#checkStore();
  }

  /** Endpoints and backends are what the states' facts say, and there are no others. */
  checkOutside(): void {
    const { engine, dataPlane } = this.world;
    const wanted = new Map<string, unknown>();
    const found = new Map<string, unknown>();
    for (const instance of this.world.controlPlane.world.instances.values()) {
      const facts = factsOf(instance);
      const access = accessOf(instance);
      if (facts.backend !== 'up') continue;
      const served = facts.endpoint === 'open';
      const writesRefused = access.writes !== null;
      const names = served ? instance.databaseAccounts.map(({ name }) => name) : [];
      const loggedIn = served && instance.passwordFree;
      const clients = { names, loggedIn, users: names };
      wanted.set(instance.id, { port: instance.port, access, served, writesRefused, ...clients });
    }
    for (const id of new Set([...dataPlane.endpoints.keys(), ...engine.backends.keys()])) {
      const endpoint = dataPlane.endpoints.get(id);
      const { port, access } = endpoint ?? {};
      const { writesRefused, users = [] } = engine.backends.get(id) ?? {};
      const clients = {
        names: endpoint?.logins.slice(1).flatMap(({ names }) => names),
        loggedIn: endpoint?.unasked != null,
        users: users.map(({ name }) => name),
      };
      const served = endpoint?.backend != null;
      found.set(id, { port, access, served, writesRefused, ...clients });
    }
    expect(found).toEqual(wanted);
  }

  /** Numbered without a gap, and never before one that was numbered earlier. */
  #checkEvents(): void {
    for (const event of this.world.events(this.#eventSeq)) {
      this.#eventSeq += 1;
      expect(event.seq).toBe(this.#eventSeq);
      expect(event.at).toBeGreaterThanOrEqual(this.#eventAt);
      this.#eventAt = event.at;
      if (event.type === 'state-changed') this.#noteBilling(event);
      // Its ledgers were forgotten, and begin again.
      if (event.type === 'simulator-reset') this.#sums.clear();
    }
    expect(this.#instancesAndCounters().counters.nextEvent).toBe(this.#eventSeq + 1);
  }

  /** The balance is the sum of the ledger, line by line. */
  #checkLedger(): void {
    const { accounts, counters } = this.#instancesAndCounters();
    const added: LedgerEntry[] = [...accounts.keys()].flatMap((id) => [
      ...this.world.ledger(id, this.#entrySeq),
    ]);
    for (const entry of added.sort((a, b) => a.seq - b.seq)) {
      this.#entrySeq += 1;
      expect(entry.seq).toBe(this.#entrySeq);
      const sum = (this.#sums.get(entry.accountId) ?? 0n) + entry.amount;
      expect(entry.balance).toBe(sum);
      this.#sums.set(entry.accountId, sum);
      const { kind, instanceId } = entry;
      if (kind === 'charge' && instanceId !== null) {
        this.#charges.set(instanceId, (this.#charges.get(instanceId) ?? 0) + 1);
      }
    }
    expect(counters.nextEntry).toBe(this.#entrySeq + 1);
    for (const { id, balance } of accounts.values()) expect(balance).toBe(this.#sums.get(id) ?? 0n);
  }

  #checkTime(): void {
    const { clock, clockStatus, world } = this.world.controlPlane;
    expect(clock.now()).toBeGreaterThanOrEqual(this.#now);
    this.#now = clock.now();
    const next = nextDeadline(world)?.at ?? Number.POSITIVE_INFINITY;
    const stands = clockStatus.state === 'failed';
    expect(next, 'the next deadline').toBeGreaterThan(stands ? this.#now - 1 : this.#now);
  }

  /** Who owes has no instance in service whose state would not end by itself, and who does not has none whose state would. */
  #checkArrears(): void {
    const { accounts, instances } = this.#instancesAndCounters();
    for (const { balance, owingSince } of accounts.values()) {
      expect(owingSince !== null).toBe(balance < 0n);
      if (owingSince !== null) expect(owingSince).toBeLessThanOrEqual(this.#now);
    }
    for (const instance of instances.values()) {
      if (!isUp(instance)) continue;
      const owes = accounts.get(instance.accountId)?.owingSince !== null;
      expect(factsOf(instance).ends !== undefined, instance.id).toBe(owes);
    }
  }

  #noteBilling({ at, instanceId, data }: SimulatorEvent): void {
    const instance = this.#instancesAndCounters().instances.get(instanceId ?? '');
    if (!instance) return; // a reset has forgotten it since
    const state = data.to as State;
    const { billed } = factsOf({ ...instance, state, endedBy: null });
    const { hours, until, since } = this.#billed.get(instance.id) ?? NEVER_BILLED;
    if (billed) {
      this.#billed.set(instance.id, { hours, until, since: since ?? Math.max(at, until) });
    } else if (since !== null) {
      const started = Math.max(0, Math.ceil((at - since) / HOUR_MS));
      const paid = { hours: hours + started, until: since + started * HOUR_MS };
      this.#billed.set(instance.id, { ...paid, since: null });
    }
  }

  /** Each started hour once: whole ones while it is billed, started ones when that stopped. */
  #checkCharges(): void {
    if (this.world.controlPlane.clockStatus.state === 'failed') return;
    for (const { id } of this.#instancesAndCounters().instances.values()) {
      const { hours, since } = this.#billed.get(id) ?? NEVER_BILLED;
      const whole = Math.floor((this.#now - (since ?? this.#now)) / HOUR_MS);
      const running = Math.max(0, whole);
      expect(this.#charges.get(id) ?? 0, `hours of ${id}`).toBe(hours + running);
    }
  }

  /** What is kept is what is known. */
  #checkStore(): void {
    const { world, clock } = this.world.store.load();
    const known = this.#instancesAndCounters();
    expect([...world.accounts]).toEqual([...known.accounts]);
    expect([...world.instances]).toEqual([...known.instances]);
    expect(world.counters).toEqual(known.counters);
    expect(clock?.now).toBe(this.#now);
  }

  #instancesAndCounters() {
    return this.world.controlPlane.world;
  }
}

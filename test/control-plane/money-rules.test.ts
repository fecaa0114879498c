/**
 * Random histories of paying: whatever customers order, pay, renew, convert, resize and end, in whatever order, with
 * months of time and restarts in between, the rules of money hold after every step. A failure prints the seed: the
 * same again with FROSTGATE_SEED=<seed> npx vitest run test/control-plane/money-rules.test.ts
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { move } from '../../src/control-plane/core/billing.js';
import { nextBillAt } from '../../src/control-plane/core/billing.js';
import { convertToPayAsYouGo, orderConversion } from '../../src/control-plane/core/conversion.js';
import { endByAgreement } from '../../src/control-plane/core/decisions.js';
import { HOUR_MS, parseInstant } from '../../src/control-plane/core/duration.js';
import { SimulatorError, type ErrorCode } from '../../src/control-plane/core/errors.js';
import { parseMoney, plus, ZERO, type Money } from '../../src/control-plane/core/money.js';
import { payOrder } from '../../src/control-plane/core/order-kinds.js';
import { cancelOrder } from '../../src/control-plane/core/orders.js';
import { setPrices } from '../../src/control-plane/core/prices.js';
import { orderRenewal, setAutoRenewal } from '../../src/control-plane/core/renewal.js';
import {
  settle,
  SETTLEMENTS,
  type SettlementReason,
} from '../../src/control-plane/core/settlement.js';
import type { LedgerEntry, SimulatorEvent } from '../../src/control-plane/core/world.js';
import { FakeWorld } from '../support/fake-world.js';

const SEED = Number(process.env.FROSTGATE_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** What a step may be refused with; anything else is a mistake of ours. */
const REFUSALS: readonly ErrorCode[] = [
  ...(['InsufficientBalance', 'IllegalTransition', 'IncorrectDBInstanceState'] as const),
  ...(['IncorrectOrderState', 'OrderOutOfDate', 'HasRenewChangeOrder'] as const),
  ...(['OrderLatestOrderIsHanding', 'AlreadyPrePaid', 'AlreadyPostPaid'] as const),
  ...(['InstanceChargeTypeNotSupport', 'RenewalTooShort', 'InstanceClassDoesNotChange'] as const),
  ...(['RecordNotFound', 'InstanceNotFound', 'EngineFailed'] as const),
];

const CLASSES = [
  'redis.master.micro.default',
  'redis.master.small.default',
  'redis.master.mid.default',
] as const;

interface Step {
  readonly does: keyof typeof STEPS;
  /** Names an instance, an order or a class: taken modulo how many there are. */
  readonly which: number;
  /** Months, hours, CNY. */
  readonly much: number;
}

const STEPS = {
  'top-up': (world, { much }) => world.topUp(`${String(much)}.000001`),
  grant: (world, { much }) => world.grant(`${String(much)}.5`),
  'set-balance': (world, { much }) => world.setBalance(String(much % 50)),
  create: (world, { which }) => world.create({ instanceClass: nth(CLASSES, which) }),
  subscribe: (world, { which, much }) =>
    world.subscribe(
      1 + (much % 3),
      { instanceClass: nth(CLASSES, which), terms: nth(['tos', 'cn-site', 'intl-site'], much) },
      which % 2 === 0 ? 1 : null,
    ),
  order: (world, { which, much }) =>
    world.order(1 + (much % 3), { instanceClass: nth(CLASSES, which) }),
  pay: (world, { which }) => world.pay(nth(orderIdsOf(world), which)),
  cancel: (world, { which }) =>
    world.controlPlane.decide((draft) => cancelOrder(draft, nth(orderIdsOf(world), which), 'so')),
  renew: (world, { which, much }) => world.renew(nth(idsOf(world), which), 1 + (much % 2)),
  'order-renewal': (world, { which }) =>
    world.controlPlane.decide((draft) => orderRenewal(draft, nth(idsOf(world), which), 1)),
  'auto-renew': (world, { which, much }) =>
    world.controlPlane.decide((draft) =>
      setAutoRenewal(draft, nth(idsOf(world), which), much % 3 === 0 ? null : 1),
    ),
  'to-subscription': (world, { which, much }) =>
    world.controlPlane.decide((draft) => {
      const subscription = { months: 1 + (much % 2), autoRenewMonths: null };
      const order = orderConversion(draft, nth(idsOf(world), which), subscription);
      if (much % 4 > 0) payOrder(draft, order.id);
    }),
  'to-pay-as-you-go': (world, { which }) =>
    world.controlPlane.decide((draft) => convertToPayAsYouGo(draft, nth(idsOf(world), which))),
  resize: (world, { which, much }) =>
    world.resize(nth(idsOf(world), which), nth(CLASSES, much), much % 4 > 0),
  delete: (world, { which }) => world.delete(nth(idsOf(world), which)),
  end: (world, { which }) =>
    world.controlPlane.decide((draft) => endByAgreement(draft, nth(idsOf(world), which))),
  settle: (world, { which, much }) =>
    world.controlPlane.decide((draft) => {
      const id = nth(idsOf(world), which);
      settle(draft, id, nth(Object.keys(SETTLEMENTS), much) as SettlementReason);
      move(draft, id, 'terminated');
    }),
  'set-price': (world, { which, much }) =>
    world.controlPlane.decide((draft) =>
      setPrices(draft, {
        instanceClass: nth(CLASSES, which),
        perHour: parseMoney('perHour', `0.${String(1 + (much % 9))}`),
        perMonth: parseMoney('perMonth', String(much)),
        from: draft.at + (much % 5) * HOUR_MS,
      }),
    ),
  'fail-creation': async (world, { which }) => {
    // So that it is the creation that fails, and nothing else later.
    await world.topUp('1000');
    world.engine.failNext('up', 'as told');
    return which % 2 === 0 ? world.create() : world.subscribe(1);
  },
  hours: (world, { much }) => world.advance(`${String(much % 40)}h`),
  minutes: (world, { much }) => world.advance(`${String(much)}m`),
  days: (world, { much }) => world.advance(`${String(much % 45)}d`),
  restart: async (world) => {
    const before = memoryOf(world);
    await world.restart();
    expect(memoryOf(world)).toEqual(before);
  },
  crash: (world) => world.crash(),
} as const satisfies Record<string, (world: FakeWorld, step: Step) => Promise<unknown>>;

const COMMON: readonly Step['does'][] = ['top-up', 'subscribe', 'create', 'days', 'hours', 'pay'];

const stepOf: fc.Arbitrary<Step> = fc.record({
  does: fc.constantFrom(...(Object.keys(STEPS) as Step['does'][]), ...COMMON),
  which: fc.nat(1000),
  much: fc.nat(400),
});

test('in short histories, the rules of money hold after every step', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stepOf, { maxLength: 40 }), async (steps) => {
      await using world = await FakeWorld.open({ balance: '300' });
      await live(world, steps);
    }),
    { numRuns: 100, seed: SEED },
  );
});

test('so they do in a long one', async () => {
  await using world = await FakeWorld.open({ balance: '1000' });
  const steps = fc.sample(stepOf, { numRuns: 600, seed: SEED });
  await live(world, steps);
  // Not by doing nothing: each kind of entry and most of what can be done is in it.
  expect(new Set(world.ledger().map(({ kind }) => kind))).toEqual(
    new Set(['top-up', 'charge', 'refund', 'grant', 'adjustment']),
  );
});

async function live(world: FakeWorld, steps: readonly Step[]): Promise<void> {
  const rules = new Rules(world);
  for (const [i, step] of steps.entries()) {
    try {
      await unlessRefused(() => STEPS[step.does](world, step));
      rules.check();
    } catch (cause) {
      const past = steps.slice(Math.max(0, i - 5), i + 1).map((one) => JSON.stringify(one));
      const how = `with FROSTGATE_SEED=${String(SEED)}, step ${String(i)} of:\n${past.join('\n')}`;
      throw new Error(`${how}\n${String(cause)}`, { cause });
    }
  }
}

async function unlessRefused(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof SimulatorError && REFUSALS.includes(error.code)) return;
    throw error;
  }
}

/** Everything that a restart has to keep. */
function memoryOf(world: FakeWorld): unknown {
  const { accounts, instances, records, counters } = world.controlPlane.world;
  const tables = Object.entries(records).map(([table, rows]) => [table, [...rows]]);
  return { accounts: [...accounts], instances: [...instances], tables, counters };
}

class Rules {
  #seen = 0;
  #balance = ZERO;
  #grants = ZERO;
  readonly #fees = new Map<string, Money>();
  readonly #billedUntil = new Map<string, number>();
  readonly #prices = new Map<string, Money>();
  #seenEvents = 0;
  /** When each instance was a subscription. */
  readonly #subscribed = new Map<string, { readonly from: number; to: number }[]>();

  constructor(private readonly world: FakeWorld) {}

  check(): void {
    for (const event of this.world.events(this.#seenEvents)) {
      this.#seenEvents = event.seq;
      this.#noteSubscription(event);
    }
    for (const entry of this.world.ledger('default', this.#seen)) {
      this.#seen = entry.seq;
      this.#checkSums(entry);
      this.#checkGrants(entry);
      this.#checkHour(entry);
    }
    this.#checkAccount();
    this.#checkInstances();
    this.#checkOrders();
  }

  #checkSums({ amount, grants, balance, kind, instanceId, text }: LedgerEntry): void {
    this.#balance = plus(this.#balance, amount);
    this.#grants = plus(this.#grants, grants);
    expect(balance).toBe(this.#balance);
    expect(text).not.toBe('');
    const isFee = kind === 'charge' || kind === 'refund' || kind === 'grant';
    if (instanceId === null || !isFee) return;
    const fees = this.#fees.get(instanceId) ?? ZERO;
    this.#fees.set(instanceId, (fees - (amount - grants)) as Money);
  }

  /** What was granted is used by charges only, and is never part of a refund. */
  #checkGrants({ kind, amount, grants }: LedgerEntry): void {
    if (kind === 'top-up' || kind === 'refund' || kind === 'claim') expect(grants).toBe(ZERO);
    if (kind === 'charge') {
      expect(grants).toBeLessThanOrEqual(0n);
      expect(grants).toBeGreaterThanOrEqual(amount);
    }
    if (kind === 'refund') expect(amount).toBeGreaterThan(0n);
    expect(this.#grants).toBeGreaterThanOrEqual(0n);
  }

  #noteSubscription({ type, instanceId, at, data }: SimulatorEvent): void {
    if (instanceId === null) return;
    const times = this.#subscribed.get(instanceId) ?? [];
    this.#subscribed.set(instanceId, times);
    const last = times.at(-1);
    const begins = type === 'order-fulfilled' || data.chargeType === 'PrePaid';
    if (begins) times.push({ from: at, to: Infinity });
    else if (type === 'charge-type-changed' && last) last.to = at;
  }

  /** No instance is charged twice for the same time, nor by the hour while it is a subscription. */
  #checkHour({ instanceId, kind, at, text }: LedgerEntry): void {
    if (kind !== 'charge' || instanceId === null || text.startsWith('order ')) return;
    const started = /from (\S+) (?:on|to)/.exec(text)?.[1];
    const from = started === undefined ? at - HOUR_MS : parseInstant('from', started);
    expect(from).toBeGreaterThanOrEqual(this.#billedUntil.get(instanceId) ?? 0);
    expect(from).toBeLessThan(at);
    this.#billedUntil.set(instanceId, at);
    for (const paid of this.#subscribed.get(instanceId) ?? []) {
      expect(Math.min(at, paid.to) - Math.max(from, paid.from)).toBeLessThanOrEqual(0);
    }
  }

  /** Who owes has no grant left that could have paid it. */
  #checkAccount(): void {
    const { balance, grants, owingSince } = this.world.controlPlane.account('default');
    expect(balance).toBe(this.#balance);
    expect(grants).toBe(this.#grants);
    expect(owingSince !== null).toBe(balance < 0n);
    if (balance - grants < 0n) expect(grants).toBe(ZERO);
  }

  #checkInstances(): void {
    for (const instance of this.world.controlPlane.world.instances.values()) {
      const { id, feesPaid, chargeType, createdAt, expiresAt, state } = instance;
      expect(feesPaid, `fees of ${id}`).toBe(this.#fees.get(id) ?? ZERO);
      expect(feesPaid).toBeGreaterThanOrEqual(0n);
      expect(expiresAt !== null, `${id} has a term`).toBe(
        chargeType === 'PrePaid' && createdAt !== null,
      );
      if (chargeType === 'PrePaid') expect(nextBillAt(instance)).toBeNull();
      if (chargeType === 'PrePaid' && state === 'active') {
        expect(expiresAt ?? 0).toBeGreaterThan(this.world.controlPlane.clock.now());
      }
    }
  }

  /** The price that was shown is the one that is paid, and no more comes back than was paid without grants. */
  #checkOrders(): void {
    const orders = this.world.controlPlane.read((draft) => draft.records('orders'));
    for (const { id, price, paidByGrants, refundable, state, paidAt, request } of orders) {
      expect(price).toBe(this.#prices.get(id) ?? price);
      this.#prices.set(id, price);
      expect(refundable).toBeGreaterThanOrEqual(0n);
      expect(refundable + paidByGrants).toBeLessThanOrEqual(price);
      if (state === 'unpaid' || state === 'void') expect(paidAt).toBeNull();
      if (state !== 'unpaid') expect(request).toBeNull();
    }
  }
}

function nth<T>(all: readonly T[], n: number): T {
  return all[n % all.length] as T;
}

function idsOf(world: FakeWorld): string[] {
  const ids = [...world.controlPlane.world.instances.keys()];
  return ids.length === 0 ? ['r-1'] : ids.slice(-6);
}

function orderIdsOf(world: FakeWorld): string[] {
  const ids = world.controlPlane.read((draft) => draft.records('orders').map(({ id }) => id));
  return ids.length === 0 ? ['o-1'] : ids.slice(-6);
}

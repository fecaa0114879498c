/** What can happen to an instance besides not being paid for, as the event log tells it. The clock is frozen; all times are virtual. */
import { describe, expect, test } from 'vitest';
import {
  resumeAccount,
  suspendAccount,
  terminateAccount,
} from '../../src/control-plane/core/account-measures.js';
import { endAttack, reportAttack } from '../../src/control-plane/core/attacks.js';
import {
  answerComplaint,
  closeComplaint,
  fileComplaint,
} from '../../src/control-plane/core/complaints.js';
import { addContact, modifyContact, removeContact } from '../../src/control-plane/core/contacts.js';
import { DEFAULT_ACCOUNT } from '../../src/control-plane/core/decisions.js';
import type { Draft } from '../../src/control-plane/core/draft.js';
import { parseInstant } from '../../src/control-plane/core/duration.js';
import {
  cancelMaintenance,
  changeMaintainTime,
  scheduleMaintenance,
} from '../../src/control-plane/core/maintenance.js';
import {
  announce,
  NOTICES,
  SENDABLE_NOTICES,
  withdrawNotice,
} from '../../src/control-plane/core/notices.js';
import { beginOutage, OUTAGE_CAUSES } from '../../src/control-plane/core/outages.js';
import {
  liftViolation,
  reportViolation,
  VIOLATIONS,
  type ViolationKind,
} from '../../src/control-plane/core/violations.js';
import {
  answerWorkOrder,
  closeWorkOrder,
  openWorkOrder,
} from '../../src/control-plane/core/work-orders.js';
import { FakeWorld } from '../support/fake-world.js';
import { lastRefusal } from '../support/refusal.js';

const SUSPENDED = "DISABLE You can't write or read against a disable instance";
const ADA = { accountId: DEFAULT_ACCOUNT, name: 'Ada', how: 'ada@example.com' };
const COMPLAINT = { instanceId: 'r-1', by: 'a press agency', about: 'copied texts' };

/** An instance, and whoever is told about it. */
async function scene({ told = true } = {}): Promise<FakeWorld> {
  const world = await FakeWorld.open();
  await world.create();
  if (told) await decide(world, (draft) => addContact(draft, ADA));
  return world;
}

function decide<T>(world: FakeWorld, work: (draft: Draft) => T): Promise<T> {
  return world.controlPlane.decide(work);
}

/** What happens from now on, without the hourly charges. */
function recording(world: FakeWorld): () => string {
  const before = world.events().length;
  return () => world.timeline(before).replace(/.*(charges,|charged).*\n/g, '');
}

function accessOf(world: FakeWorld, id = 'r-1') {
  return world.dataPlane.endpoints.get(id)?.access;
}

describe('violations', () => {
  test('one is suspended for until it is lifted, at once, with a line of its own, and is charged on', async () => {
    await using world = await scene();
    const story = recording(world);
    await decide(world, (draft) => reportViolation(draft, 'r-1', 'spam'));
    expect(accessOf(world)).toEqual({ reads: SUSPENDED, writes: SUSPENDED });
    await world.restart();
    expect(accessOf(world)).toEqual({ reads: SUSPENDED, writes: SUSPENDED });
    await world.advance('3h');
    expect(world.balance()).toBe('99.37');
    await decide(world, (draft) => liftViolation(draft, 'v-1'));
    expect(accessOf(world)).toEqual({ reads: null, writes: null });
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 00:00                3.1.3.4  v-1: r-1 is in violation: spam or unsolicited advertisements
      01-01 00:00                3.1.3.12 n-1 about r-1 was sent to Ada: a measure was taken
      01-01 00:00                3.1.3.12 r-1 is suspended: spam or unsolicited advertisements
      01-01 03:00                3.1.3.4  v-1 was lifted
      01-01 03:00                3.1.3.12 r-1 is suspended no more: v-1 was lifted
      "
    `);
    const again = decide(world, (draft) => liftViolation(draft, 'v-1'));
    expect(await lastRefusal(again)).toMatchObject({ code: 'IncorrectCaseState' });
  });

  test('one that leads to the end refunds nothing, and data is kept as after every early end', async () => {
    await using world = await scene();
    const story = recording(world);
    await world.advance('90m');
    await decide(world, (draft) => reportViolation(draft, 'r-1', 'forbidden-content', 'terminate'));
    await world.advance('9d');
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 01:30                3.1.3.6  v-1: r-1 is in violation: forbidden content
      01-01 01:30                3.1.3.12 n-1 about r-1 was sent to Ada: a measure was taken
      01-01 01:30                7.2.2    r-1 ended for a violation: nothing is refunded
      01-01 01:30                7.2.2    r-1 active -> released (terminated)
      01-08 16:00                4.3      r-1 released -> deleted (bin-ended)
      "
    `);
    expect(world.ledger().map(({ kind }) => kind)).not.toContain('refund');
  });

  test('one that leads to deletion takes the data at once', async () => {
    await using world = await scene();
    const story = recording(world);
    await decide(world, (draft) => reportViolation(draft, 'r-1', 'attacks', 'delete'));
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 00:00                3.1.3.8  v-1: r-1 is in violation: attacks on others from it
      01-01 00:00                3.1.3.12 n-1 about r-1 was sent to Ada: a measure was taken
      01-01 00:00                7.2.2    r-1 ended for a violation: nothing is refunded
      01-01 00:00                7.2.2    r-1 active -> released (terminated)
      01-01 00:00                3.1.3.12 r-1 released -> deleted (destroyed)
      "
    `);
    expect(await world.engine.list()).toEqual([]);
  });

  test.each(Object.keys(VIOLATIONS) as ViolationKind[])(
    'of the kind %s carries its clause',
    async (kind) => {
      await using world = await scene();
      await decide(world, (draft) => reportViolation(draft, 'r-1', kind));
      const reported = world.events().find(({ type }) => type === 'violation-reported');
      expect(reported).toMatchObject({ clause: VIOLATIONS[kind].clause, instanceId: 'r-1' });
      const suspended = world.events().find(({ type }) => type === 'service-suspended');
      expect(suspended?.clause).toBe('3.1.3.12');
    },
  );

  test('suspended and in arrears are two things: paying does not lift the one, lifting not the other', async () => {
    await using world = await FakeWorld.open({ balance: '0.21' });
    await world.create();
    await decide(world, (draft) => reportViolation(draft, 'r-1', 'harm'));
    await world.advance('2d');
    expect(world.states()).toBe('r-1 frozen');
    expect(accessOf(world)?.reads).toBe(SUSPENDED);
    await decide(world, (draft) => liftViolation(draft, 'v-1'));
    expect(accessOf(world)).toMatchObject({ reads: null });
    expect(accessOf(world)?.writes).toMatch(/^NOWRITE/);
    await decide(world, (draft) => reportViolation(draft, 'r-1', 'harm'));
    await world.topUp('100');
    expect(world.states()).toBe('r-1 active');
    expect(accessOf(world)?.reads).toBe(SUSPENDED);
  });

  test('two of them have to be lifted both', async () => {
    await using world = await scene();
    await decide(world, (draft) => reportViolation(draft, 'r-1', 'spam'));
    await decide(world, (draft) => reportViolation(draft, 'r-1', 'disk-rental'));
    await decide(world, (draft) => liftViolation(draft, 'v-1'));
    expect(accessOf(world)?.reads).toBe(SUSPENDED);
    await decide(world, (draft) => liftViolation(draft, 'v-2'));
    expect(accessOf(world)?.reads).toBeNull();
  });
});

describe('complaints', () => {
  test('one that nobody answers in time leads to a suspension, until it is dismissed', async () => {
    await using world = await scene();
    const story = recording(world);
    await decide(world, (draft) => fileComplaint(draft, COMPLAINT));
    await world.advance('2d23h59m');
    expect(accessOf(world)?.reads).toBeNull();
    await world.restart();
    await world.advance('1m');
    expect(accessOf(world)?.reads).toBe(SUSPENDED);
    await decide(world, (draft) => closeComplaint(draft, 'cp-1', 'dismissed'));
    expect(accessOf(world)?.reads).toBeNull();
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 00:00                3.1.3.12 cp-1: somebody complains of r-1; to be answered by 2026-01-04T00:00:00Z
      01-01 00:00                3.1.3.12 n-1 about r-1 was sent to Ada: somebody complains
      01-04 00:00                3.1.3.12 cp-1: not answered in time
      01-04 00:00                3.1.3.12 r-1 is suspended: a complaint was unanswered
      01-04 00:00                3.1.3.12 cp-1: dismissed
      01-04 00:00                3.1.3.12 r-1 is suspended no more: cp-1 was dismissed
      "
    `);
  });

  test('one that is answered in time leads to nothing until it is upheld', async () => {
    await using world = await scene();
    const story = recording(world);
    await decide(world, (draft) => fileComplaint(draft, COMPLAINT));
    await world.advance('1d');
    await decide(world, (draft) => answerComplaint(draft, 'cp-1', 'they are ours'));
    await world.advance('5d');
    expect(accessOf(world)?.reads).toBeNull();
    await decide(world, (draft) => closeComplaint(draft, 'cp-1', 'upheld'));
    expect(accessOf(world)?.reads).toBe(SUSPENDED);
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 00:00                3.1.3.12 cp-1: somebody complains of r-1; to be answered by 2026-01-04T00:00:00Z
      01-01 00:00                3.1.3.12 n-1 about r-1 was sent to Ada: somebody complains
      01-02 00:00                3.1.3.12 cp-1: answered in time
      01-07 00:00                3.1.3.12 cp-1: upheld
      01-07 00:00                3.1.3.12 r-1 is suspended: a complaint was upheld
      "
    `);
  });

  test.each([
    ['nobody is named', () => undefined],
    [
      'nobody can be reached',
      (draft: Draft) => {
        const id = addContact(draft, ADA);
        modifyContact(draft, id, { reachable: false });
      },
    ],
    ['whoever was named is gone', (draft: Draft) => removeContact(draft, addContact(draft, ADA))],
  ])('where %s, that counts as silence at once', async (_, prepare) => {
    await using world = await scene({ told: false });
    await decide(world, prepare);
    await decide(world, (draft) => fileComplaint(draft, COMPLAINT));
    expect(accessOf(world)?.reads).toBe(SUSPENDED);
    const types = world.events().map(({ type }) => type);
    expect(types).toContain('notice-undeliverable');
    expect(types).toContain('complaint-unanswered');
  });

  test('an answer that comes too late is refused', async () => {
    await using world = await scene();
    await decide(world, (draft) => fileComplaint(draft, COMPLAINT));
    await world.advance('3d');
    const late = decide(world, (draft) => answerComplaint(draft, 'cp-1', 'sorry'));
    expect(await lastRefusal(late)).toMatchObject({
      code: 'IncorrectCaseState',
      details: { state: 'unanswered' },
    });
  });

  test('one of an instance that has ended meanwhile leads to nothing', async () => {
    await using world = await scene();
    await decide(world, (draft) => fileComplaint(draft, COMPLAINT));
    await world.delete('r-1');
    const story = recording(world);
    await world.advance('3d');
    expect(story()).toMatchInlineSnapshot(`
      "
      01-04 00:00                3.1.3.12 cp-1: not answered in time
      "
    `);
  });
});

describe('notices', () => {
  test('the vendor ends the service thirty days after it said so', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.create();
    await decide(world, (draft) => addContact(draft, ADA));
    const story = recording(world);
    const end = {
      kind: 'vendor-end',
      accountId: DEFAULT_ACCOUNT,
      instanceId: 'r-1',
      text: '',
    } as const;
    await decide(world, (draft) => announce(draft, end));
    await world.restart();
    await world.advance('31d');
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 00:00                7.2.5    n-1 about r-1 was sent to Ada: the vendor ends the service; what is not consumed is refunded from 2026-01-31T00:00:00Z on
      01-31 00:00                7.2.5    n-1 takes effect: the vendor ends the service; what is not consumed is refunded
      01-31 00:00                7.2.5    r-1 ended by the vendor
      01-31 00:00                7.2.5    r-1 active -> released (terminated)
      "
    `);
  });

  test.each(['terms-change', 'vendor-end', 'transfer-of-rights'] as const)(
    '%s with less than thirty days is refused, and the earliest date is named',
    async (kind) => {
      await using world = await scene();
      const effectiveAt = parseInstant('at', '2026-01-30T23:59:59Z');
      const told = { kind, accountId: DEFAULT_ACCOUNT, instanceId: 'r-1', text: '', effectiveAt };
      const refused = await lastRefusal(decide(world, (draft) => announce(draft, told)));
      expect(refused.code).toBe('NoticeTooShort');
      expect(refused.details).toMatchObject({
        clause: NOTICES[kind].clause,
        earliest: '2026-01-31T00:00:00Z',
      });
    },
  );

  test.each(SENDABLE_NOTICES)(
    '%s carries its clause, and is on record with those who were told',
    async (kind) => {
      await using world = await scene();
      const told = { kind, accountId: DEFAULT_ACCOUNT, instanceId: 'r-1', text: 'as it stands' };
      const notice = await decide(world, (draft) => announce(draft, told));
      expect(notice).toMatchObject({
        to: ['Ada'],
        clause: NOTICES[kind].clause,
        text: 'as it stands',
      });
      expect(world.events().at(-1)).toMatchObject({
        type: 'notice-sent',
        clause: NOTICES[kind].clause,
      });
    },
  );

  test('one that was withdrawn has no effect', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.create();
    const end = {
      kind: 'vendor-end',
      accountId: DEFAULT_ACCOUNT,
      instanceId: 'r-1',
      text: '',
    } as const;
    await decide(world, (draft) => announce(draft, end));
    await world.advance('29d');
    await decide(world, (draft) => withdrawNotice(draft, 'n-1'));
    await world.advance('10d');
    expect(world.states()).toBe('r-1 active');
  });
});

test('whoever is named is told of an expiry seven days before it', async () => {
  await using world = await FakeWorld.open({ balance: '1000' });
  await world.subscribe(1);
  await decide(world, (draft) => addContact(draft, ADA));
  await world.advance('24d');
  expect(world.events().at(-1)).toMatchObject({
    type: 'notice-sent',
    at: parseInstant('at', '2026-01-25'),
    clause: '2.2.1.2',
  });
});

describe('attacks', () => {
  test('an instance under attack is suspended until that is over', async () => {
    await using world = await scene();
    const story = recording(world);
    const attack = { instanceId: 'r-1', about: 'DDoS', measure: 'suspend' } as const;
    await decide(world, (draft) => reportAttack(draft, attack));
    expect(accessOf(world)?.reads).toBe(SUSPENDED);
    await world.advance('1h');
    await decide(world, (draft) => endAttack(draft, 'at-1'));
    expect(accessOf(world)?.reads).toBeNull();
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 00:00                7.2.4    at-1: r-1 is under attack: DDoS
      01-01 00:00                7.2.4    n-1 about r-1 was sent to Ada: a measure was taken
      01-01 00:00                7.2.4    r-1 is suspended: it is under attack
      01-01 01:00                7.2.4    at-1 is over
      01-01 01:00                7.2.4    r-1 is suspended no more: at-1 is over
      "
    `);
  });

  test('one that is ended because of it is billed to that instant, and nothing is refunded', async () => {
    await using world = await scene();
    await world.advance('90m');
    const attack = { instanceId: 'r-1', about: 'DDoS', measure: 'terminate' } as const;
    await decide(world, (draft) => reportAttack(draft, attack));
    expect(world.balance()).toBe('99.685');
    const ended = world
      .events()
      .filter(({ type }) => type === 'state-changed')
      .at(-1);
    expect(ended).toMatchObject({ clause: '7.2.4', data: { on: 'terminated' } });
  });
});

describe('a subscription that ends early', () => {
  const ends: readonly (readonly [string, (draft: Draft) => unknown, string])[] = [
    [
      'for a violation gets nothing back',
      (d) => reportViolation(d, 'r-1', 'spam', 'terminate'),
      '0.00',
    ],
    [
      'for an attack gets nothing back',
      (d) => reportAttack(d, { instanceId: 'r-1', about: 'DDoS', measure: 'terminate' }),
      '0.00',
    ],
    [
      'with its account gets nothing back',
      (d) => terminateAccount(d, DEFAULT_ACCOUNT, 'a serious breach'),
      '0.00',
    ],
  ];

  test.each(ends)('%s', async (_, end, refunded) => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.create({ chargeType: 'PrePaid' });
    await world.advance('10d');
    const before = world.balance();
    await decide(world, end);
    expect(world.states()).toBe('r-1 released');
    expect(world.balance()).toBe(before);
    expect(world.events().find(({ type }) => type === 'settled')?.data.refunded).toBe(refunded);
  });

  test('by the vendor, after its notice, gets back what is not consumed', async () => {
    await using world = await FakeWorld.open({ balance: '1000' });
    await world.subscribe(2);
    const paid = world.controlPlane.instance('r-1').feesPaid;
    const end = {
      kind: 'vendor-end',
      accountId: DEFAULT_ACCOUNT,
      instanceId: 'r-1',
      text: '',
    } as const;
    await decide(world, (draft) => announce(draft, end));
    await world.advance('30d');
    expect(world.states()).toBe('r-1 released');
    const refund = world.ledger().find(({ kind }) => kind === 'refund');
    // January and February 2026 have 59 days, of which 29 are left.
    expect(refund?.amount).toBe((paid * 29n) / 59n);
  });
});

describe('accounts', () => {
  test('a suspended one has all of its instances suspended and gets no new ones; another one has no part in it', async () => {
    await using world = await scene();
    await world.openAccount('other', '100');
    await world.create({ accountId: 'other' });
    await world.create();
    const story = recording(world);
    await decide(world, (draft) => suspendAccount(draft, DEFAULT_ACCOUNT, 'a risk to others'));
    expect([
      accessOf(world)?.reads,
      accessOf(world, 'r-2')?.reads,
      accessOf(world, 'r-3')?.reads,
    ]).toEqual([SUSPENDED, null, SUSPENDED]);
    expect(await lastRefusal(world.create())).toMatchObject({ code: 'AccountNotOpen' });
    await world.restart();
    await decide(world, (draft) => resumeAccount(draft, DEFAULT_ACCOUNT));
    expect(accessOf(world, 'r-3')?.reads).toBeNull();
    expect((await world.create()).state).toBe('active');
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 00:00                M        account default is suspended: a risk to others
      01-01 00:00                M        n-1 about account default was sent to Ada: a measure was taken
      01-01 00:00                M        r-1 is suspended: its account is suspended (a risk to others)
      01-01 00:00                M        r-3 is suspended: its account is suspended (a risk to others)
      01-01 00:00                M        account default is suspended no more
      01-01 00:00                M        r-1 is suspended no more: its account is suspended no more
      01-01 00:00                M        r-3 is suspended no more: its account is suspended no more
      01-01 00:00                2.1      r-4 requested: redis.master.small.default at 0.21 CNY an hour
      01-01 00:00                7.1      r-4 creating -> active (created)
      "
    `);
  });

  test('a terminated one loses all of its instances for good, and its debt stays', async () => {
    await using world = await FakeWorld.open({ balance: '0.63' });
    await world.create();
    await world.create();
    await world.advance('5h');
    const owed = world.balance();
    await decide(world, (draft) => terminateAccount(draft, DEFAULT_ACCOUNT, 'a serious breach'));
    expect(world.states()).toBe('r-1 released, r-2 released');
    expect(world.balance()).toBe(owed);
    await world.topUp('100');
    expect(await lastRefusal(world.create())).toMatchObject({
      code: 'AccountNotOpen',
      details: { measure: 'terminated' },
    });
    const resumed = decide(world, (draft) => resumeAccount(draft, DEFAULT_ACCOUNT));
    expect(await lastRefusal(resumed)).toMatchObject({ code: 'IncorrectCaseState' });
  });

  test('a resumed one leaves what was done about a violation as it is', async () => {
    await using world = await scene();
    await decide(world, (draft) => reportViolation(draft, 'r-1', 'spam'));
    await decide(world, (draft) => suspendAccount(draft, DEFAULT_ACCOUNT, 'a risk to others'));
    await decide(world, (draft) => resumeAccount(draft, DEFAULT_ACCOUNT));
    expect(accessOf(world)?.reads).toBe(SUSPENDED);
  });
});

describe('maintenance', () => {
  test('takes place in the next window: clients are disconnected once, and writes refused for 30 seconds', async () => {
    await using world = await scene();
    const story = recording(world);
    await decide(world, (draft) => scheduleMaintenance(draft, 'r-1'));
    await world.restart();
    await world.advance('18h');
    expect(world.dataPlane.endpoints.get('r-1')).toMatchObject({ generation: 1 });
    expect(accessOf(world)).toEqual({
      reads: null,
      writes: "READONLY You can't write against a read only instance",
    });
    await world.crash();
    await world.advance('29s');
    expect(accessOf(world)?.writes).not.toBeNull();
    await world.advance('1s');
    expect(accessOf(world)?.writes).toBeNull();
    expect(world.dataPlane.endpoints.get('r-1')).toMatchObject({ generation: 1 });
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 00:00                8.2.1    m-1 of r-1 is planned for 2026-01-01T18:00:00Z
      01-01 00:00                8.2.1    n-1 about r-1 was sent to Ada: maintenance is planned
      01-01 18:00                8.2.1    m-1 of r-1: clients are disconnected, writes are refused for 30 s
      01-01 18:00:30             8.2.1    m-1 of r-1 is over
      "
    `);
  });

  test('is refused outside the window, which its customer may move', async () => {
    await using world = await scene();
    const at = parseInstant('at', '2026-01-01T12:00:00Z');
    const schedule = () => decide(world, (draft) => scheduleMaintenance(draft, 'r-1', at));
    expect(await lastRefusal(schedule())).toMatchObject({
      code: 'MaintenanceOutsideWindow',
      details: { next: '2026-01-01T18:00:00Z' },
    });
    const noon = { start: '11:30Z', end: '12:30Z' };
    await decide(world, (draft) => changeMaintainTime(draft, 'r-1', noon));
    expect(await schedule()).toBe('m-1');
  });

  test('is called off, or falls away with its instance', async () => {
    await using world = await scene();
    await decide(world, (draft) => scheduleMaintenance(draft, 'r-1'));
    await decide(world, (draft) => scheduleMaintenance(draft, 'r-1'));
    await decide(world, (draft) => cancelMaintenance(draft, 'm-1'));
    await world.delete('r-1');
    const story = recording(world);
    await world.advance('1d');
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 18:00                8.2.1    m-2 of r-1 does not take place: the instance has ended
      "
    `);
  });
});

describe('work orders', () => {
  test('are answered by the vendor within half an hour, also at night, then by either side, until they are closed', async () => {
    await using world = await scene();
    await world.advance('3h');
    const story = recording(world);
    const asked = { accountId: DEFAULT_ACCOUNT, instanceId: 'r-1', subject: 'slow', text: 'Why?' };
    await decide(world, (draft) => openWorkOrder(draft, asked));
    await world.restart();
    await world.advance('1h');
    await decide(world, (draft) => answerWorkOrder(draft, 'w-1', 'customer', 'It is fast again.'));
    await world.advance('1d');
    await decide(world, (draft) => closeWorkOrder(draft, 'w-1'));
    expect(story()).toMatchInlineSnapshot(`
      "
      01-01 03:00                3.2.2.2  w-1 was opened; the vendor answers by 2026-01-01T03:30:00Z
      01-01 03:30                3.2.2.1  w-1 was answered by the vendor
      01-01 04:00                3.2.2.1  w-1 was answered by the customer
      01-02 04:00                3.2.2.2  w-1 was closed
      "
    `);
    const late = decide(world, (draft) => answerWorkOrder(draft, 'w-1', 'vendor', 'Good.'));
    expect(await lastRefusal(late)).toMatchObject({ code: 'IncorrectCaseState' });
  });
});

test('force majeure over all instances cuts off all of them, and is in the story with its clause', async () => {
  await using world = await scene();
  await world.create();
  const story = recording(world);
  const request = {
    instanceId: null,
    cause: 'force-majeure',
    lastsMs: 3_600_000,
    latencyMs: null,
  } as const;
  expect(await decide(world, (draft) => beginOutage(draft, request))).toEqual(['out-1', 'out-2']);
  expect([...world.dataPlane.endpoints.values()].map(({ backend }) => backend)).toEqual([
    null,
    null,
  ]);
  await world.advance('1h');
  expect([...world.dataPlane.endpoints.values()].map(({ backend }) => backend === null)).toEqual([
    false,
    false,
  ]);
  expect(story()).toMatchInlineSnapshot(`
    "
    01-01 00:00                9        out-1 of r-1: force majeure, for which nobody is liable
    01-01 00:00                9        out-2 of r-2: force majeure, for which nobody is liable
    01-01 01:00                9        out-1 of r-1 is over
    01-01 01:00                9        out-2 of r-2 is over
    "
  `);
});

test('every cause and kind has a clause of the terms', () => {
  const tables: readonly Readonly<Record<string, { readonly clause: string }>>[] = [
    ...[OUTAGE_CAUSES, NOTICES, VIOLATIONS],
  ];
  for (const { clause } of tables.flatMap((table) => Object.values(table)))
    expect(clause).toMatch(/^(M|\d+(\.\d+)*)$/);
});

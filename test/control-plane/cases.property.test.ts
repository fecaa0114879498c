/** Random histories of cases, with restarts and crashes between them: rows, records and the outside always agree. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accessOf } from '../../src/control-plane/core/access.js';
import { resumeAccount, suspendAccount } from '../../src/control-plane/core/account-measures.js';
import { endAttack, reportAttack } from '../../src/control-plane/core/attacks.js';
import { availabilityOf } from '../../src/control-plane/core/availability.js';
import {
  answerComplaint,
  closeComplaint,
  fileComplaint,
} from '../../src/control-plane/core/complaints.js';
import { addContact } from '../../src/control-plane/core/contacts.js';
import { DEFAULT_ACCOUNT } from '../../src/control-plane/core/decisions.js';
import { Draft } from '../../src/control-plane/core/draft.js';
import { HOUR_MS } from '../../src/control-plane/core/duration.js';
import { SimulatorError } from '../../src/control-plane/core/errors.js';
import { scheduleMaintenance } from '../../src/control-plane/core/maintenance.js';
import {
  beginOutage,
  endOutage,
  isCutOff,
  OUTAGE_CAUSES,
  type OutageCause,
} from '../../src/control-plane/core/outages.js';
import { factsOf } from '../../src/control-plane/core/state-facts.js';
import { total } from '../../src/control-plane/core/stretches.js';
import {
  liftViolation,
  reportViolation,
  VIOLATION_MEASURES,
} from '../../src/control-plane/core/violations.js';
import { FakeWorld } from '../support/fake-world.js';

type Step = (world: FakeWorld) => Promise<unknown>;

const decide =
  (work: (draft: Draft) => unknown): Step =>
  (world) =>
    world.controlPlane.decide(work);
const which = fc.constantFrom('r-1', 'r-2');
const number = fc.integer({ min: 1, max: 3 }).map(String);

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(which, fc.constantFrom(undefined, ...VIOLATION_MEASURES))
    .map(([id, measure]) => decide((draft) => reportViolation(draft, id, 'spam', measure))),
  number.map((n) => decide((draft) => liftViolation(draft, `v-${n}`))),
  which.map((instanceId) =>
    decide((draft) => fileComplaint(draft, { instanceId, by: 'a', about: 'b' })),
  ),
  number.map((n) => decide((draft) => answerComplaint(draft, `cp-${n}`, 'no'))),
  fc
    .tuple(number, fc.constantFrom('upheld', 'dismissed'))
    .map(([n, outcome]) => decide((draft) => closeComplaint(draft, `cp-${n}`, outcome))),
  which.map((instanceId) =>
    decide((draft) => reportAttack(draft, { instanceId, about: 'c', measure: 'suspend' })),
  ),
  number.map((n) => decide((draft) => endAttack(draft, `at-${n}`))),
  fc.constant(decide((draft) => suspendAccount(draft, DEFAULT_ACCOUNT, 'd'))),
  fc.constant(decide((draft) => resumeAccount(draft, DEFAULT_ACCOUNT))),
  fc
    .tuple(
      which,
      fc.constantFrom(...(Object.keys(OUTAGE_CAUSES) as OutageCause[])),
      fc.option(fc.integer({ min: 1, max: 99 })),
    )
    .map(([instanceId, cause, hours]) =>
      decide((draft) =>
        beginOutage(draft, {
          instanceId,
          cause,
          lastsMs: hours === null ? null : hours * HOUR_MS,
          latencyMs: null,
        }),
      ),
    ),
  number.map((n) => decide((draft) => endOutage(draft, `out-${n}`))),
  which.map((id) => decide((draft) => scheduleMaintenance(draft, id))),
  fc.integer({ min: 1, max: 90 }).map(
    (hours): Step =>
      (world) =>
        world.advance(`${String(hours)}h`),
  ),
  fc.constant<Step>((world) => world.restart()),
  fc.constant<Step>((world) => world.crash()),
);

test('whatever happens, and whenever it is restarted, rows, records and the outside agree', async () => {
  await fc.assert(
    fc.asyncProperty(fc.boolean(), fc.array(step, { maxLength: 25 }), async (hasContact, steps) => {
      await using world = await FakeWorld.open({ balance: '25' });
      await world.create();
      await world.create();
      const ada = { accountId: DEFAULT_ACCOUNT, name: 'Ada', how: 'a letter' };
      if (hasContact) await world.controlPlane.decide((draft) => addContact(draft, ada));
      for (const one of steps) {
        await one(world).catch((error: unknown) => {
          if (!(error instanceof SimulatorError)) throw error;
        });
        expectAgreement(world);
      }
      const before = world.controlPlane.world;
      await world.restart();
      expect(world.controlPlane.world).toEqual(before);
      expectAgreement(world);
    }),
    { numRuns: 150 },
  );
});

function expectAgreement({ controlPlane, dataPlane }: FakeWorld): void {
  const draft = new Draft(controlPlane.world, controlPlane.clock.now());
  const idsOf = (
    rows: readonly { readonly id: string; readonly instanceId: string }[],
    id: string,
  ) => rows.filter(({ instanceId }) => instanceId === id).map((row) => row.id);
  const account = draft.account(DEFAULT_ACCOUNT);
  for (const instance of controlPlane.world.instances.values()) {
    const { id } = instance;
    const endpoint = dataPlane.endpoints.get(id);
    const { longestMs, counted } = availabilityOf(draft, instance);
    expect(longestMs).toBeLessThanOrEqual(total(counted));
    const goingOn = draft.records('outages').filter(({ state }) => state === 'going-on');
    expect(instance.outages.map(({ causeId }) => causeId)).toEqual(idsOf(goingOn, id));
    if (factsOf(instance).endpoint !== 'open') {
      expect(endpoint).toBeUndefined();
      continue;
    }
    expect(endpoint?.access).toEqual(accessOf(instance));
    expect(endpoint?.backend === null).toBe(isCutOff(instance));
    const suspended = [
      ...idsOf(
        draft.records('violations').filter(({ state }) => state === 'in-force'),
        id,
      ),
      ...idsOf(
        draft.records('attacks').filter(({ state }) => state === 'going-on'),
        id,
      ),
      ...idsOf(
        draft
          .records('complaints')
          .filter(({ state }) => state === 'unanswered' || state === 'upheld'),
        id,
      ),
      ...(account.measure ? [`account ${account.id}`] : []),
    ];
    expect(instance.suspensions.map(({ causeId }) => causeId).sort()).toEqual(suspended.sort());
    const running = draft.records('maintenances').filter(({ state }) => state === 'running');
    expect(instance.operation?.kind === 'maintenance').toBe(idsOf(running, id).length > 0);
  }
}

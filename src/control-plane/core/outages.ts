/** Faults and other troubles: what they do to clients, who is to answer for them, and how they end. */
import { instanceInService, instancesInService, requireCaseState } from './case-states.js';
import type { Due } from './deadlines.js';
import type { Draft } from './draft.js';
import type { Instant } from './duration.js';
import { invalidInput } from './errors.js';
import type { MaintainTime } from './maintain-time.js';
import { endOf } from './span.js';
import { termsOf } from './state-facts.js';
import type { Instance } from './world.js';

interface CauseRow {
  readonly clause: string;
  /** Clients cannot get to Redis, which goes on behind the closed door. */
  readonly cutsOff: boolean;
  /** `vendor`: unavailable by the vendor's fault. `excused`: unavailable, and not. `none`: the service is there. */
  readonly counts: 'vendor' | 'excused' | 'excused-in-window' | 'none';
  readonly says: string;
  /** What is told when it ends. */
  readonly ends: string;
}

export const OUTAGE_CAUSES = {
  provider: {
    ...{ clause: '3.2.9', cutsOff: true, counts: 'vendor' },
    says: "a fault of the vendor's, who repairs it",
    ends: 'is repaired',
  },
  customer: {
    ...{ clause: '3.2.9', cutsOff: true, counts: 'excused' },
    says: "the customer's own fault, which nobody else repairs",
    ends: 'is over',
  },
  maintenance: {
    ...{ clause: '8.2.1', cutsOff: true, counts: 'excused-in-window' },
    says: 'maintenance, which is no default within its window',
    ends: 'is over',
  },
  network: {
    ...{ clause: '8.2.2', cutsOff: false, counts: 'none' },
    says: 'the network is slow, which is no default',
    ends: 'is over',
  },
  'force-majeure': {
    ...{ clause: '9', cutsOff: true, counts: 'excused' },
    says: 'force majeure, for which nobody is liable',
    ends: 'is over',
  },
  flaw: {
    ...{ clause: '3.1.7', cutsOff: false, counts: 'none' },
    says: 'a flaw, which is no breach',
    ends: 'is mended',
  },
} as const satisfies Record<string, CauseRow>;
export type OutageCause = keyof typeof OUTAGE_CAUSES;

export interface Outage {
  readonly id: string;
  readonly instanceId: string;
  readonly cause: OutageCause;
  readonly clause: string;
  /** Added each way, in milliseconds; 0: none. */
  readonly latencyMs: number;
  /** The window of maintenance as it was then: a later one does not change what counts. */
  readonly maintainTime: MaintainTime;
  readonly state: 'going-on' | 'over';
  readonly beganAt: Instant;
  /** When it ends by itself; null: when somebody ends it. */
  readonly endsAt: Instant | null;
  readonly endedAt: Instant | null;
}

/** What of an outage the outside has to follow; in the instance's row, since that is what it follows. */
export interface OngoingOutage {
  readonly causeId: string;
  readonly cause: OutageCause;
  readonly latencyMs: number;
}

export interface OutageRequest {
  /** null: all that are in service. */
  readonly instanceId: string | null;
  readonly cause: OutageCause;
  /** Milliseconds; null: a fault of the vendor's by the terms, anything else until it is ended. */
  readonly lastsMs: number | null;
  readonly latencyMs: number | null;
}

/** What a client reads behind whose back the service is down: the data plane's own line (help page "Common errors"). */
export const UNREACHABLE = 'ERR redis temporary failure';
/** Of a slow network of which nobody says how slow it is. */
const LATENCY_MS = 200;

/** One for each instance. Throws InstanceNotFound, IncorrectDBInstanceState, InvalidInput. */
export function beginOutage(draft: Draft, request: OutageRequest): string[] {
  const { instanceId, cause, latencyMs } = request;
  if (latencyMs !== null && cause !== 'network') {
    const wayOut = 'Leave it out, or give --cause network';
    throw invalidInput('latency', latencyMs, `is nothing that ${cause} does`, wayOut);
  }
  const affected =
    instanceId === null
      ? instancesInService(draft)
      : [instanceInService(draft, instanceId, 'BeginOutage')];
  if (affected.length === 0) {
    throw invalidInput('instance', '', 'finds no instance in service', 'Create one first');
  }
  return affected.map((instance) => beginOne(draft, instance, request));
}

/** Throws RecordNotFound, IncorrectCaseState. */
export function endOutage(draft: Draft, id: string): void {
  const outage = draft.record('outages', id);
  requireCaseState(outage, 'EndOutage', ['going-on']);
  draft.putRecord('outages', { ...outage, state: 'over', endedAt: draft.at });
  const instance = draft.instance(outage.instanceId);
  const outages = instance.outages.filter(({ causeId }) => causeId !== id);
  draft.put({ instance: { ...instance, outages } });
  const { cause, clause, instanceId, beganAt } = outage;
  draft.event({
    type: 'outage-ended',
    ...{ accountId: instance.accountId, instanceId, clause },
    text: `${id} of ${instanceId} ${OUTAGE_CAUSES[cause].ends}`,
    data: { outage: id, cause, lasted: String(draft.at - beganAt) },
  });
}

/** All that go on. Throws nothing where there are none. */
export function endOutages(draft: Draft): string[] {
  const open = draft.records('outages').filter(({ state }) => state === 'going-on');
  for (const { id } of open) endOutage(draft, id);
  return open.map(({ id }) => id);
}

export function outageDeadlines({ state, endsAt }: Outage): Due[] {
  return state === 'going-on' && endsAt !== null ? [{ at: endsAt, kind: 'outage-ends' }] : [];
}

/** No client gets to its Redis, whatever the state of the instance allows. */
export function isCutOff({ outages }: Pick<Instance, 'outages'>): boolean {
  return outages.some(({ cause }) => OUTAGE_CAUSES[cause].cutsOff);
}

/** Milliseconds that everything takes longer, each way. */
export function latencyOf({ outages }: Pick<Instance, 'outages'>): number {
  return Math.max(0, ...outages.map(({ latencyMs }) => latencyMs));
}

function beginOne(draft: Draft, instance: Instance, request: OutageRequest): string {
  const { cause, lastsMs } = request;
  const { clause, cutsOff, counts, says } = OUTAGE_CAUSES[cause];
  const id = draft.nextId('outages');
  const latencyMs = cause === 'network' ? (request.latencyMs ?? LATENCY_MS) : 0;
  const repairedAt = endOf(termsOf(instance.terms).faultRepairedAfter, draft.at);
  const byItself = counts === 'vendor' ? repairedAt : null;
  const endsAt = lastsMs === null ? byItself : draft.at + lastsMs;
  draft.putRecord('outages', {
    ...{ id, instanceId: instance.id, cause, clause, latencyMs, endsAt, endedAt: null },
    ...{ maintainTime: instance.maintainTime, state: 'going-on', beganAt: draft.at },
  });
  const outages = [...instance.outages, { causeId: id, cause, latencyMs }];
  const generation = instance.generation + (cutsOff ? 1 : 0);
  draft.put({ instance: { ...instance, outages, generation } });
  draft.event({
    type: 'outage-began',
    ...{ accountId: instance.accountId, instanceId: instance.id, clause },
    text: `${id} of ${instance.id}: ${says}`,
    data: { outage: id, cause },
  });
  return id;
}

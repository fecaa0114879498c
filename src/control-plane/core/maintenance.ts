/** Short suspensions for maintenance, in the window of the instance, are no default (8.2.1). */
import { instanceInService, requireCaseState } from './case-states.js';
import type { Due } from './deadlines.js';
import type { Draft } from './draft.js';
import { formatInstant, SECOND_MS, type Instant } from './duration.js';
import { invalidInput, SimulatorError } from './errors.js';
import { isInWindow, nextWindowAt, type MaintainTime } from './maintain-time.js';
import { sendNotice } from './notices.js';
import { factsOf } from './state-facts.js';
import type { EventType } from './event-types.js';

/** Writes are refused for so long at most (help page on maintenance: up to 30 seconds). */
export const MAINTENANCE_LASTS_MS = 30 * SECOND_MS;
const CLAUSE = '8.2.1';

export interface Maintenance {
  readonly id: string;
  readonly instanceId: string;
  readonly state: 'scheduled' | 'running' | 'done' | 'cancelled';
  /** When it begins. */
  readonly at: Instant;
  readonly endedAt: Instant | null;
}

/** Throws InstanceNotFound, IncorrectDBInstanceState. */
export function changeMaintainTime(draft: Draft, id: string, maintainTime: MaintainTime): void {
  const instance = instanceInService(draft, id, 'ModifyInstanceMaintainTime');
  draft.put({ instance: { ...instance, maintainTime } });
  const { start, end } = maintainTime;
  const text = `${id} may be maintained from ${start} to ${end} of each day`;
  tell(draft, id, 'maintain-time-changed', text, { start, end });
}

/** In the next window where no time is given. Throws InstanceNotFound, IncorrectDBInstanceState, InvalidInput, MaintenanceOutsideWindow. */
export function scheduleMaintenance(draft: Draft, instanceId: string, asked?: Instant): string {
  const { accountId, maintainTime } = instanceInService(draft, instanceId, 'ScheduleMaintenance');
  const next = nextWindowAt(maintainTime, draft.at);
  const at = asked ?? next;
  if (at <= draft.at) {
    const wayOut = `Give a later one, or none: the next window begins ${formatInstant(next)}`;
    throw invalidInput('at', formatInstant(at), 'is not in the future', wayOut);
  }
  if (!isInWindow(maintainTime, at)) {
    const times = { at: formatInstant(at), next: formatInstant(next) };
    throw new SimulatorError('MaintenanceOutsideWindow', {
      id: instanceId,
      ...maintainTime,
      ...times,
    });
  }
  const id = draft.nextId('maintenances');
  draft.putRecord('maintenances', { id, instanceId, state: 'scheduled', at, endedAt: null });
  const text = `${id} of ${instanceId} is planned for ${formatInstant(at)}`;
  tell(draft, instanceId, 'maintenance-scheduled', text, { maintenance: id });
  const says = `clients are disconnected at ${formatInstant(at)}, and writes refused for up to 30 seconds`;
  sendNotice(draft, { kind: 'maintenance', accountId, instanceId, text: says });
  return id;
}

/** Throws RecordNotFound, IncorrectCaseState. */
export function cancelMaintenance(draft: Draft, id: string): void {
  const maintenance = draft.record('maintenances', id);
  requireCaseState(maintenance, 'CancelMaintenance', ['scheduled']);
  cancel(draft, maintenance, 'called off');
}

export function maintenanceDeadlines({ state, at }: Maintenance): Due[] {
  if (state === 'scheduled') return [{ at, kind: 'maintenance-begins' }];
  return state === 'running' ? [{ at: at + MAINTENANCE_LASTS_MS, kind: 'maintenance-ends' }] : [];
}

/** Clients are disconnected once, and may come again at once; until it ends, writes are refused. */
export function beginMaintenance(draft: Draft, id: string): void {
  const maintenance = draft.record('maintenances', id);
  const { instanceId } = maintenance;
  const instance = draft.instance(instanceId);
  if (factsOf(instance).endpoint !== 'open') {
    cancel(draft, maintenance, 'the instance has ended');
    return;
  }
  if (instance.operation !== null) {
    const at = nextWindowAt(instance.maintainTime, draft.at);
    draft.putRecord('maintenances', { ...maintenance, at });
    const text = `${id} of ${instanceId} is put off to ${formatInstant(at)}: it is ${instance.operation.kind}`;
    tell(draft, instanceId, 'maintenance-scheduled', text, { maintenance: id });
    return;
  }
  draft.putRecord('maintenances', { ...maintenance, state: 'running', at: draft.at });
  const operation = { kind: 'maintenance', since: draft.at, writesRefused: true } as const;
  draft.put({ instance: { ...instance, operation, generation: instance.generation + 1 } });
  const text = `${id} of ${instanceId}: clients are disconnected, writes are refused for 30 s`;
  tell(draft, instanceId, 'maintenance-began', text, { maintenance: id });
}

export function endMaintenance(draft: Draft, id: string): void {
  const maintenance = draft.record('maintenances', id);
  const { instanceId } = maintenance;
  draft.putRecord('maintenances', { ...maintenance, state: 'done', endedAt: draft.at });
  const instance = draft.instance(instanceId);
  if (instance.operation?.kind === 'maintenance') {
    draft.put({ instance: { ...instance, operation: null } });
  }
  tell(draft, instanceId, 'maintenance-ended', `${id} of ${instanceId} is over`, {
    maintenance: id,
  });
}

function cancel(draft: Draft, maintenance: Maintenance, why: string): void {
  const { id, instanceId } = maintenance;
  draft.putRecord('maintenances', { ...maintenance, state: 'cancelled', endedAt: draft.at });
  const text = `${id} of ${instanceId} does not take place: ${why}`;
  tell(draft, instanceId, 'maintenance-cancelled', text, { maintenance: id });
}

function tell(
  draft: Draft,
  instanceId: string,
  type: EventType,
  text: string,
  data: Readonly<Record<string, string>>,
): void {
  const { accountId } = draft.instance(instanceId);
  draft.event({ type, accountId, instanceId, clause: CLAUSE, text, data });
}

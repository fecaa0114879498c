/** Cases for people: lists as tables, what is long as lines. */
import type { AvailabilityView } from '../control-plane/actions/availability.js';
import type { WorkOrderView } from '../control-plane/actions/case-views.js';
import { table } from './table.js';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** By action: the list in its answer, and what is shown of each row. */
const LISTS: Readonly<
  Record<string, { readonly of: string; readonly columns: readonly string[] }>
> = {
  ListContacts: {
    of: 'contacts',
    columns: ['id', 'accountId', 'name', 'how', 'reachable', 'state'],
  },
  SendNotice: {
    of: 'notices',
    columns: ['id', 'kind', 'accountId', 'instanceId', 'to', 'sentAt', 'effectiveAt', 'state'],
  },
  ListNotices: {
    of: 'notices',
    columns: ['id', 'kind', 'accountId', 'instanceId', 'to', 'sentAt', 'effectiveAt', 'state'],
  },
  ListViolations: {
    of: 'violations',
    columns: ['id', 'instanceId', 'kind', 'clause', 'measure', 'state', 'reportedAt'],
  },
  ListComplaints: {
    of: 'complaints',
    columns: ['id', 'instanceId', 'by', 'about', 'state', 'answerBy'],
  },
  ListAttacks: {
    of: 'attacks',
    columns: ['id', 'instanceId', 'about', 'measure', 'state', 'beganAt', 'endedAt'],
  },
  BeginOutage: {
    of: 'outages',
    columns: ['id', 'instanceId', 'cause', 'state', 'beganAt', 'endsAt'],
  },
  EndOutage: {
    of: 'outages',
    columns: ['id', 'instanceId', 'cause', 'state', 'beganAt', 'endedAt'],
  },
  ListOutages: {
    of: 'outages',
    columns: ['id', 'instanceId', 'cause', 'clause', 'state', 'beganAt', 'endsAt', 'endedAt'],
  },
  ListClaims: { of: 'claims', columns: ['id', 'instanceId', 'amount', 'paid', 'filedAt'] },
  ListMaintenances: {
    of: 'maintenances',
    columns: ['id', 'instanceId', 'state', 'at', 'endedAt'],
  },
  ListWorkOrders: {
    of: 'workOrders',
    columns: ['id', 'accountId', 'instanceId', 'subject', 'state', 'openedAt'],
  },
};

export const CASE_RENDERERS: Readonly<Record<string, (answer: never) => string>> = {
  ...Object.fromEntries(
    Object.entries(LISTS).map(([action, { of, columns }]) => [
      action,
      (answer: Readonly<Record<string, Rows>>) => listOf(answer[of] ?? [], columns),
    ]),
  ),
  GetAvailability: availability,
  OpenWorkOrder: workOrder,
  GetWorkOrder: workOrder,
  AnswerWorkOrder: workOrder,
  CloseWorkOrder: workOrder,
};

function listOf(rows: Rows, columns: readonly string[]): string {
  if (rows.length === 0) return 'none';
  const heading = columns.map((column) => column.replace(/[A-Z]/g, ' $&').toUpperCase());
  return table(
    heading,
    rows.map((row) => columns.map((column) => shown(row[column]))),
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value)) return value.map(shown).join(', ') || 'nobody';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function availability(one: AvailabilityView): string {
  const { longest, cancelFrom, missing } = one;
  const months = one.months.map(({ month, inService, unavailable, percentage }) => [
    ...[month, inService, unavailable, `${String(percentage)} %`],
  ]);
  const may = missing === '0s' ? 'it can be cancelled' : `${missing} are missing to cancel it`;
  return [
    listOf(one.intervals, ['from', 'until', 'cause', 'clause', 'counted', 'why']),
    table(['MONTH', 'IN SERVICE', 'UNAVAILABLE', 'AVAILABLE'], months),
    `unavailable by the vendor's fault for ${longest} without a break, ${cancelFrom} needed: ${may}`,
  ].join('\n\n');
}

function workOrder(order: WorkOrderView): string {
  const { id, subject, state, said } = order;
  return [
    `${id} ${subject}: ${state}`,
    ...said.map(({ at, by, text }) => `${at}  ${by}: ${text}`),
  ].join('\n');
}

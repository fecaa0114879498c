/** What the API shows of cases. Instants are ISO 8601 and virtual, money is a decimal string, durations are words. */
import { Type, type Static } from 'typebox';
import type { Attack } from '../core/attacks.js';
import type { Claim } from '../core/claims.js';
import type { Complaint } from '../core/complaints.js';
import type { Contact } from '../core/contacts.js';
import { formatDuration, formatInstant, type Instant } from '../core/duration.js';
import type { Maintenance } from '../core/maintenance.js';
import { formatMoney } from '../core/money.js';
import type { Notice } from '../core/notices.js';
import { OUTAGE_CAUSES, type Outage } from '../core/outages.js';
import type { Violation } from '../core/violations.js';
import type { WorkOrder } from '../core/work-orders.js';
import { instant, money, nullable } from './views.js';

const id = Type.String({ description: 'What other actions call it' });
const instanceId = Type.String({ description: 'The instance that it is about' });
const accountId = Type.String({ description: 'Whose it is' });
const clause = Type.String({ description: 'Clause of the terms of service that it follows from' });
const state = (...states: string[]) =>
  Type.String({ description: `${states.slice(0, -1).join(', ')} or ${states.at(-1) ?? ''}` });

export const contactView = Type.Object(
  {
    id,
    accountId,
    name: Type.String({ description: 'Who' }),
    how: Type.String({ description: 'How to reach them; nobody is written to' }),
    reachable: Type.Boolean({ description: 'Whoever is not, is told nothing' }),
    state: state('current', 'removed'),
    since: instant('When it was last changed'),
  },
  { title: 'A contact' },
);
export type ContactView = Static<typeof contactView>;

export function viewContact(contact: Contact): ContactView {
  return { ...contact, since: formatInstant(contact.since) };
}

export const noticeView = Type.Object(
  {
    id,
    kind: Type.String({ description: 'What it is about' }),
    clause,
    accountId,
    instanceId: nullable(instanceId),
    text: Type.String({ description: 'What was told' }),
    to: Type.Array(Type.String(), { description: 'Who was told; nobody: it was not delivered' }),
    sentAt: instant('When'),
    effectiveAt: nullable(instant('When something follows from it')),
    state: state('sent', 'in-effect', 'withdrawn'),
  },
  { title: 'A notice' },
);
export type NoticeView = Static<typeof noticeView>;

export function viewNotice(notice: Notice): NoticeView {
  const { to, sentAt, effectiveAt } = notice;
  return { ...notice, to: [...to], sentAt: formatInstant(sentAt), effectiveAt: maybe(effectiveAt) };
}

export const violationView = Type.Object(
  {
    id,
    instanceId,
    kind: Type.String({ description: 'What was done' }),
    clause,
    measure: Type.String({ description: 'suspend, terminate or delete' }),
    state: state('in-force', 'lifted', 'acted-on'),
    reportedAt: instant('When'),
    liftedAt: nullable(instant('When its suspension ended')),
  },
  { title: 'A violation' },
);
export type ViolationView = Static<typeof violationView>;

export function viewViolation(row: Violation): ViolationView {
  return { ...row, reportedAt: formatInstant(row.reportedAt), liftedAt: maybe(row.liftedAt) };
}

export const complaintView = Type.Object(
  {
    id,
    instanceId,
    by: Type.String({ description: 'Who complains' }),
    about: Type.String({ description: 'Of what' }),
    state: state('told', 'answered', 'unanswered', 'upheld', 'dismissed'),
    filedAt: instant('When'),
    answerBy: instant('Until then an answer is in time'),
    answer: nullable(Type.String({ description: 'What the customer says' })),
    answeredAt: nullable(instant('When')),
  },
  { title: 'A complaint' },
);
export type ComplaintView = Static<typeof complaintView>;

export function viewComplaint(row: Complaint): ComplaintView {
  const { filedAt, answerBy, answeredAt } = row;
  const times = { filedAt: formatInstant(filedAt), answerBy: formatInstant(answerBy) };
  return { ...row, ...times, answeredAt: maybe(answeredAt) };
}

export const attackView = Type.Object(
  {
    id,
    instanceId,
    about: Type.String({ description: 'What kind of attack' }),
    measure: Type.String({ description: 'suspend or terminate' }),
    state: state('going-on', 'over'),
    beganAt: instant('When'),
    endedAt: nullable(instant('When it was over')),
  },
  { title: 'An attack' },
);
export type AttackView = Static<typeof attackView>;

export function viewAttack(row: Attack): AttackView {
  return { ...row, beganAt: formatInstant(row.beganAt), endedAt: maybe(row.endedAt) };
}

export const outageView = Type.Object(
  {
    id,
    instanceId,
    cause: Type.String({ description: Object.keys(OUTAGE_CAUSES).join(', ') }),
    clause,
    latency: Type.String({ description: 'Added each way' }),
    state: state('going-on', 'over'),
    beganAt: instant('When'),
    endsAt: nullable(instant('When it ends by itself')),
    endedAt: nullable(instant('When it was over')),
  },
  { title: 'An outage' },
);
export type OutageView = Static<typeof outageView>;

export function viewOutage(outage: Outage): OutageView {
  return {
    id: outage.id,
    instanceId: outage.instanceId,
    cause: outage.cause,
    clause: outage.clause,
    latency: formatDuration(outage.latencyMs),
    state: outage.state,
    beganAt: formatInstant(outage.beganAt),
    endsAt: maybe(outage.endsAt),
    endedAt: maybe(outage.endedAt),
  };
}

export const claimView = Type.Object(
  {
    id,
    accountId,
    instanceId,
    amount: money('What was asked for'),
    paid: money('What was paid: no more than the fees paid for the instance'),
    filedAt: instant('When'),
  },
  { title: 'A claim' },
);
export type ClaimView = Static<typeof claimView>;

export function viewClaim(row: Claim): ClaimView {
  const { amount, paid, filedAt } = row;
  const sums = { amount: formatMoney(amount), paid: formatMoney(paid) };
  return { ...row, ...sums, filedAt: formatInstant(filedAt) };
}

export const maintenanceView = Type.Object(
  {
    id,
    instanceId,
    state: state('scheduled', 'running', 'done', 'cancelled'),
    at: instant('When it begins'),
    endedAt: nullable(instant('When it was over')),
  },
  { title: 'A maintenance' },
);
export type MaintenanceView = Static<typeof maintenanceView>;

export function viewMaintenance(row: Maintenance): MaintenanceView {
  return { ...row, at: formatInstant(row.at), endedAt: maybe(row.endedAt) };
}

export const workOrderView = Type.Object(
  {
    id,
    accountId,
    instanceId: nullable(instanceId),
    subject: Type.String({ description: 'In a few words' }),
    state: state("open (the vendor's turn)", "answered (the customer's turn)", 'closed'),
    openedAt: instant('When'),
    said: Type.Array(Type.Object({ at: instant('When'), by: Type.String(), text: Type.String() }), {
      description: 'What was said, by the vendor and by the customer',
    }),
  },
  { title: 'A work order' },
);
export type WorkOrderView = Static<typeof workOrderView>;

export function viewWorkOrder(order: WorkOrder): WorkOrderView {
  const said = order.said.map((one) => ({ ...one, at: formatInstant(one.at) }));
  return { ...order, openedAt: formatInstant(order.openedAt), said };
}

function maybe(at: Instant | null): string | null {
  return at === null ? null : formatInstant(at);
}

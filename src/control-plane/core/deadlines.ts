/** What becomes due by itself: derived from the world whenever asked, never stored, so nothing is lost in a restart. */
import { nextBackupAt } from './backup-policy.js';
import { backupDeadlines } from './backups.js';
import { nextBillAt } from './billing.js';
import { CASE_DEADLINES } from './case-deadlines.js';
import type { Instant } from './duration.js';
import type { RecordTables } from './records.js';
import { endOf } from './span.js';
import { factsOf, termsOf } from './state-facts.js';
import { expiryDeadlines } from './subscription.js';
import { announcementDeadlines } from './terms-announcement.js';
import type { AnyRecord, Instance, World } from './world.js';

/** Within one instant the order is this one, then the order of creation. What is done about each: due.ts. */
export const DEADLINE_ORDER = [
  'bill',
  'expiry-notice',
  'auto-renewal',
  'expires',
  'order-void',
  'terms-change',
  'outage-ends',
  'maintenance-ends',
  'maintenance-begins',
  'complaint-unanswered',
  'notice-takes-effect',
  'work-order-answer',
  // What has to go only goes when what is taken at the same instant is there: they may share a file.
  'backup',
  'backup-begins',
  'backup-expires',
  'abuse-climbs',
  'abuse-answer-due',
  'abuse-falls',
  'abuse-unread',
  'state-ends',
] as const;
export type DeadlineKind = (typeof DEADLINE_ORDER)[number];

export interface Deadline {
  readonly at: Instant;
  readonly kind: DeadlineKind;
  /** Of the instance or the record that it is about. */
  readonly subjectId: string;
}

/** When something of an instance or a record is due. */
export type Due = Pick<Deadline, 'at' | 'kind'>;

/** By table; what is not here has none. */
const RECORD_DEADLINES: {
  readonly [Table in keyof RecordTables]?: (row: RecordTables[Table]) => readonly Due[];
} = {
  announcements: announcementDeadlines,
  orders: ({ state, orderedAt, terms }) =>
    state === 'unpaid'
      ? [{ at: endOf(termsOf(terms).order.voidAfter, orderedAt), kind: 'order-void' }]
      : [],
  backups: backupDeadlines,
  ...CASE_DEADLINES,
};

export function deadlinesOf(instance: Instance): Deadline[] {
  const { id: subjectId } = instance;
  const due: Deadline[] = [];
  const billAt = nextBillAt(instance);
  if (billAt !== null) due.push({ at: billAt, kind: 'bill', subjectId });
  if (instance.expiresAt !== null) {
    for (const { at, kind } of expiryDeadlines(instance)) due.push({ at, kind, subjectId });
  }
  const backupAt = nextBackupAt(instance);
  if (backupAt !== null) due.push({ at: backupAt, kind: 'backup', subjectId });
  const { ends } = factsOf(instance);
  if (ends) due.push({ at: endOf(ends.after, instance.since), kind: 'state-ends', subjectId });
  return due;
}

export function deadlinesOfRecord({ table, row }: AnyRecord): Deadline[] {
  const due = RECORD_DEADLINES[table] as ((row: AnyRecord['row']) => readonly Due[]) | undefined;
  return (due?.(row) ?? []).map(({ at, kind }) => ({ at, kind, subjectId: row.id }));
}

/** What comes first of an instance or a record. */
export function earliestOf(deadlines: readonly Deadline[]): Deadline | undefined {
  let first: Deadline | undefined;
  for (const deadline of deadlines) if (!first || isBefore(deadline, first)) first = deadline;
  return first;
}

/** The earliest deadline of all; ties by DEADLINE_ORDER, then by creation. Who asks again and again has an Agenda. */
export function nextDeadline(world: World): Deadline | undefined {
  let first: Deadline | undefined;
  for (const subject of subjectsOf(world)) {
    const deadline = earliestOf(deadlinesOfSubject(subject));
    if (deadline && (!first || isBefore(deadline, first))) first = deadline;
  }
  return first;
}

/** What deadlines can be about. */
export type Subject = AnyRecord | { readonly table: 'instances'; readonly row: Instance };

/** Instances, then records, each in the order of their creation. */
export function* subjectsOf(world: Pick<World, 'instances' | 'records'>): Generator<Subject> {
  for (const row of world.instances.values()) yield { table: 'instances', row };
  for (const [table, rows] of Object.entries(world.records)) {
    if (!Object.hasOwn(RECORD_DEADLINES, table)) continue;
    for (const row of rows.values()) yield { table, row } as AnyRecord;
  }
}

export function deadlinesOfSubject(subject: Subject): Deadline[] {
  return subject.table === 'instances' ? deadlinesOf(subject.row) : deadlinesOfRecord(subject);
}

export function isBefore(a: Deadline, b: Deadline): boolean {
  if (a.at !== b.at) return a.at < b.at;
  return DEADLINE_ORDER.indexOf(a.kind) < DEADLINE_ORDER.indexOf(b.kind);
}

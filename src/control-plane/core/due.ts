/** What is done about each kind of deadline. Pure: it is written into a draft and nowhere else. */
import { assertThat } from './assert.js';
import { beginLate, expireBackup, takeDaily } from './backups.js';
import { chargeHour, move } from './billing.js';
import { CASE_HANDLERS } from './case-deadlines.js';
import {
  deadlinesOf,
  deadlinesOfRecord,
  type Deadline,
  type DeadlineKind,
  type Due,
} from './deadlines.js';
import type { Draft } from './draft.js';
import { renewAutomatically } from './order-kinds.js';
import { voidOrder } from './orders.js';
import { RECORD_PREFIXES, type RecordTables } from './records.js';
import { noticeExpiry } from './renewal.js';
import { factsOf } from './state-facts.js';
import { enforceTerms } from './terms-announcement.js';
import type { AnyRecord } from './world.js';

/** By kind; the draft stands at the deadline's own time. */
const HANDLERS: Readonly<Record<DeadlineKind, (draft: Draft, subjectId: string) => void>> = {
  bill: chargeHour,
  'expiry-notice': noticeExpiry,
  'auto-renewal': renewAutomatically,
  expires: (draft, id) => move(draft, id, 'expired'),
  'order-void': voidOrder,
  'terms-change': enforceTerms,
  ...CASE_HANDLERS,
  backup: takeDaily,
  'backup-begins': beginLate,
  'backup-expires': expireBackup,
  'state-ends': (draft, id) => {
    const { ends } = factsOf(draft.instance(id));
    assertThat(ends !== undefined, `the state of ${id} does not end by itself`);
    move(draft, id, ends.on);
  },
};

/** Does what is due. The draft stands at the deadline's own time. */
export function meetDeadline(draft: Draft, deadline: Deadline): void {
  assertThat(
    dueOf(draft, deadline.subjectId).some(
      (due) => due.kind === deadline.kind && due.at === deadline.at,
    ),
    `${deadline.kind} of ${deadline.subjectId} is not due`,
  );
  HANDLERS[deadline.kind](draft, deadline.subjectId);
}

/** An advance asks millions of times. */
const TABLES: ReadonlyMap<string, keyof RecordTables> = new Map(
  (Object.keys(RECORD_PREFIXES) as (keyof RecordTables)[]).map((table) => [
    RECORD_PREFIXES[table],
    table,
  ]),
);

function dueOf(draft: Draft, id: string): readonly Due[] {
  const table = TABLES.get(id.slice(0, id.lastIndexOf('-')));
  if (!table) return deadlinesOf(draft.instance(id));
  return deadlinesOfRecord({ table, row: draft.record(table, id) } as AnyRecord);
}

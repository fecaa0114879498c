/** What becomes due of cases, by their table, and what is done about it: each noun's own functions, collected. */
import { climb, fall, forgetReading, noAnswerToAbuse } from './abuse-ladder.js';
import { climbDeadlines } from './abuse-levels.js';
import { complaintDeadlines, noAnswer } from './complaints.js';
import type { Draft } from './draft.js';
import { beginMaintenance, endMaintenance, maintenanceDeadlines } from './maintenance.js';
import { noticeDeadlines, takeEffect } from './notices.js';
import { endOutage, outageDeadlines } from './outages.js';
import { answerFirst, workOrderDeadlines } from './work-orders.js';

export const CASE_DEADLINES = {
  notices: noticeDeadlines,
  complaints: complaintDeadlines,
  outages: outageDeadlines,
  maintenances: maintenanceDeadlines,
  workOrders: workOrderDeadlines,
  abuse: climbDeadlines,
} as const;

/** The draft stands at the deadline's own time. */
export const CASE_HANDLERS = {
  'outage-ends': endOutage,
  'maintenance-ends': endMaintenance,
  'maintenance-begins': beginMaintenance,
  'complaint-unanswered': noAnswer,
  'notice-takes-effect': takeEffect,
  'work-order-answer': answerFirst,
  'abuse-climbs': climb,
  'abuse-answer-due': noAnswerToAbuse,
  'abuse-falls': fall,
  'abuse-unread': forgetReading,
} as const satisfies Record<string, (draft: Draft, id: string) => void>;

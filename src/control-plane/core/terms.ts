/**
 * Terms are data: how long each stage lasts under a set of commercial rules, and what it means. What is sold under
 * them is kept as it was agreed: terms are never changed, only replaced by others. A user's own are checked by
 * terms-schema.ts.
 */
import type { Span } from './span.js';

export const CHARGE_TYPES = ['PostPaid', 'PrePaid'] as const;
/** The vendor's words: pay-as-you-go and subscription. */
export type ChargeType = (typeof CHARGE_TYPES)[number];

/** A stage of not paying. */
export interface Stage {
  /** `0`: there is no such stage. */
  readonly lasts: Span;
  readonly billed: boolean;
  readonly backedUp: boolean;
  readonly reads: 'pass' | 'refuse';
  readonly writes: 'pass' | 'refuse';
}

/** What happens to an instance that is not paid for: stage after stage, then it is deleted. */
export interface Course {
  /** It goes on as normal. */
  readonly grace: Pick<Stage, 'lasts' | 'billed' | 'backedUp'>;
  readonly frozen: Stage;
  /** In the recycle bin: no endpoint, the data is kept. */
  readonly released: { readonly lasts: Span };
}

/** What the ladder of 3.1.3.7 goes by ("memory, CPU, network"); each has a ceiling of its own. */
export const ABUSE_METERS = ['memory', 'cpu', 'bandwidthIn', 'bandwidthOut'] as const;
export type AbuseMeter = (typeof ABUSE_METERS)[number];

/** Above so many percent of its ceiling, for so long without a break, a meter is at that level. */
export type AbuseLevel = { readonly after: Span } & Readonly<Record<AbuseMeter, number>>;

export interface AbuseRules {
  /** Its customer is warned. */
  readonly high: AbuseLevel;
  /** The ceiling is narrowed to so many percent of itself, and its customer is asked what is the matter. */
  readonly excessive: AbuseLevel & { readonly narrowedTo: number; readonly answerWithin: Span };
  /** A violation (3.1.3.12), in place of the ladder's own measures; silence leads to it, too. */
  readonly abusive: AbuseLevel & {
    /** What ends a suspension because of it, besides the vendor. */
    readonly liftedBy: 'answer' | 'load' | 'vendor';
  };
  /** So many percent of the ceiling under the threshold of a level, for so long, it is one level down. */
  readonly falls: { readonly under: number; readonly after: Span };
  /** So long a measured reading holds where no other one comes. */
  readonly readingHolds: Span;
}

export interface Terms {
  readonly name: string;
  readonly title: string;
  /** Where it stands. */
  readonly source: string;
  readonly course: Readonly<Record<ChargeType, Course>>;
  /** How long data is kept after an early end, whoever ended it (4.3). */
  readonly earlyEnd: { readonly keptFor: Span };
  readonly order: { readonly voidAfter: Span };
  readonly renewal: {
    /** Before the expiry. */
    readonly noticeBefore: Span;
    readonly autoBefore: Span;
    /** Where a new term begins when it is paid for after the expiry. */
    readonly afterExpiryFrom: 'expiry' | 'payment';
  };
  /** Of changed terms, an end by the vendor, a transfer of rights (3.1.1, 7.2.5, 11.2). */
  readonly noticeBefore: Span;
  readonly complaint: { readonly answerWithin: Span; readonly otherwise: 'suspend' | 'terminate' };
  readonly violation: { readonly leadsTo: 'suspend' | 'terminate' };
  readonly abuse: AbuseRules;
  /** A fault of the vendor's is repaired after this (3.2.9). */
  readonly faultRepairedAfter: Span;
  /** So long without a break unavailable by the vendor's fault: the customer may cancel (8.3). */
  readonly cancelAfterUnavailable: Span;
}

const FROZEN_READ_ONLY = { billed: true, backedUp: true, reads: 'pass', writes: 'refuse' } as const;
/** "Disabled": cannot be accessed, charges suspended. */
const DISABLED = { billed: false, backedUp: false, reads: 'refuse', writes: 'refuse' } as const;
const AS_NORMAL = { billed: true, backedUp: true } as const;

/**
 * The contract gives no numbers (3.1.3.7). `high` is the rule that the vendor's monitoring comes with: above 80 %, five
 * minutes in a row. The rest is ours: an hour at the ceiling is no peak any more, and a day of it is how the instance is
 * used. Memory that was bought may be full, as every cache is: only beyond its ceiling it is more than unusual.
 */
const ABUSE = {
  high: { after: '5m', memory: 80, cpu: 80, bandwidthIn: 80, bandwidthOut: 80 },
  excessive: {
    ...{ after: '1h', memory: 110, cpu: 95, bandwidthIn: 95, bandwidthOut: 95 },
    ...{ narrowedTo: 50, answerWithin: '3d' },
  },
  abusive: {
    ...{ after: '24h', memory: 120, cpu: 95, bandwidthIn: 95, bandwidthOut: 95 },
    liftedBy: 'answer',
  },
  falls: { under: 10, after: '30m' },
  readingHolds: '30m',
} as const;

const COMMON = {
  order: { voidAfter: '7d' },
  renewal: { noticeBefore: '7d', autoBefore: '7d', afterExpiryFrom: 'expiry' },
  noticeBefore: '30d',
  complaint: { answerWithin: '3d', otherwise: 'suspend' },
  violation: { leadsTo: 'suspend' },
  abuse: ABUSE,
  faultRepairedAfter: '1h',
  cancelAfterUnavailable: '72h',
} as const;

/** Those that are shipped. */
export const TERMS = {
  tos: {
    name: 'tos',
    title: 'Terms of service',
    source: 'ApsaraDB for Redis terms of service, clauses 2.2, 4.3 and 7.2.3',
    course: {
      PostPaid: {
        grace: { lasts: '24h', ...AS_NORMAL },
        frozen: { lasts: '7d', ...FROZEN_READ_ONLY },
        released: { lasts: '0' },
      },
      PrePaid: {
        // Only post-paid instances have 24 hours (7.2.3.1); data is kept for the days of 4.3.
        grace: { lasts: '0', ...AS_NORMAL },
        frozen: { lasts: '7 natural days', ...FROZEN_READ_ONLY },
        released: { lasts: '0' },
      },
    },
    earlyEnd: { keptFor: '7 natural days' },
    ...COMMON,
  },
  'cn-site': {
    name: 'cn-site',
    title: 'China site',
    source: 'help.aliyun.com/document_detail/26354: expiration and overdue payments',
    course: {
      // Day 1, days 2 to 7, days 8 to 15; destroyed on day 16.
      PostPaid: {
        grace: { lasts: '24h', ...AS_NORMAL },
        frozen: { lasts: '6d', ...DISABLED },
        released: { lasts: '8d' },
      },
      // Days 1 to 7, days 8 to 15.
      PrePaid: {
        grace: { lasts: '0', ...AS_NORMAL },
        frozen: { lasts: '7d', ...DISABLED },
        released: { lasts: '8d' },
      },
    },
    // Recycle bin: instances that were released by hand are kept for 7 days.
    earlyEnd: { keptFor: '7d' },
    ...COMMON,
    renewal: { ...COMMON.renewal, afterExpiryFrom: 'payment' },
  },
  'intl-site': {
    name: 'intl-site',
    title: 'International site',
    source: 'alibabacloud.com/help/en/redis/product-overview/expiration-and-overdue-payments',
    course: {
      // Days 1 to 15, days 16 to 30, days 31 to 37; destroyed on day 38.
      PostPaid: {
        grace: { lasts: '15d', ...AS_NORMAL },
        frozen: { lasts: '15d', ...DISABLED },
        released: { lasts: '7d' },
      },
      PrePaid: {
        grace: { lasts: '15d', ...AS_NORMAL },
        frozen: { lasts: '15d', ...DISABLED },
        released: { lasts: '7d' },
      },
    },
    earlyEnd: { keptFor: '7d' },
    ...COMMON,
    renewal: { ...COMMON.renewal, afterExpiryFrom: 'payment' },
  },
} as const satisfies Record<string, Terms>;

/** Names a set of terms for good: one of those shipped, or a user's own with a mark of its content (`mine-1k2j3h`). */
export type TermsId = string;
export const DEFAULT_TERMS: TermsId = 'tos';

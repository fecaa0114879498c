/**
 * What the world holds besides accounts and instances, table by table: a row has an id, and is replaced whole. A new
 * table is a line here and, where something of it becomes due by itself, a line in DEADLINES (deadlines.ts).
 */
import type { Order } from './orders.js';
import type { TermsRecord } from './own-terms.js';
import type { PriceChange } from './prices.js';
import type { Announcement } from './terms-announcement.js';

export interface RecordTables {
  readonly orders: Order;
  readonly terms: TermsRecord;
  readonly announcements: Announcement;
  readonly prices: PriceChange;
}

/** Ids are a prefix and a number. */
export const RECORD_PREFIXES = {
  orders: 'o',
  terms: 't',
  announcements: 'ta',
  prices: 'pr',
} as const satisfies Record<keyof RecordTables, string>;

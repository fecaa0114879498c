/**
 * What the world holds besides accounts and instances, table by table: a row has an id, and is replaced whole. A new
 * table is a line here and, where something of it becomes due by itself, a line in DEADLINES (deadlines.ts).
 */
import type { Climb } from './abuse-levels.js';
import type { Attack } from './attacks.js';
import type { BackupFailure } from './backup-failures.js';
import type { Backup } from './backup-record.js';
import type { Bar } from './bars.js';
import type { Claim } from './claims.js';
import type { Complaint } from './complaints.js';
import type { ClassRecord } from './own-classes.js';
import type { Contact } from './contacts.js';
import type { Maintenance } from './maintenance.js';
import type { Notice } from './notices.js';
import type { Order } from './orders.js';
import type { TermsRecord } from './own-terms.js';
import type { Outage } from './outages.js';
import type { Violation } from './violations.js';
import type { WorkOrder } from './work-orders.js';
import type { PriceChange } from './prices.js';
import type { Announcement } from './terms-announcement.js';

export interface RecordTables {
  readonly orders: Order;
  readonly terms: TermsRecord;
  readonly announcements: Announcement;
  readonly prices: PriceChange;
  readonly contacts: Contact;
  readonly notices: Notice;
  readonly violations: Violation;
  readonly complaints: Complaint;
  readonly attacks: Attack;
  readonly outages: Outage;
  readonly bars: Bar;
  readonly claims: Claim;
  readonly maintenances: Maintenance;
  readonly workOrders: WorkOrder;
  readonly backups: Backup;
  readonly backupFailures: BackupFailure;
  readonly abuse: Climb;
  readonly classes: ClassRecord;
}

/** Ids are a prefix and a number. */
export const RECORD_PREFIXES = {
  orders: 'o',
  terms: 't',
  announcements: 'ta',
  contacts: 'ct',
  notices: 'n',
  violations: 'v',
  complaints: 'cp',
  attacks: 'at',
  outages: 'out',
  bars: 'b',
  claims: 'cl',
  maintenances: 'm',
  workOrders: 'w',
  backups: 'bk',
  backupFailures: 'bf',
  prices: 'pr',
  abuse: 'ab',
  classes: 'ic',
} as const satisfies Record<keyof RecordTables, string>;

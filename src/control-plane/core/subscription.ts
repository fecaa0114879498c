/** A term that was paid for in advance: notice, renewal, expiry (2.2.1.2). */
import { lengthOf } from './span.js';
import { termsOf } from './state-facts.js';
import type { Due } from './deadlines.js';
import type { Instance } from './world.js';

/** What becomes due of a subscription that is still in its term. */
export function expiryDeadlines(instance: Instance): Due[] {
  const { expiresAt, expiryNoticed, autoRenewalTried, autoRenewMonths } = instance;
  if (expiresAt === null || instance.state !== 'active') return [];
  const { renewal } = termsOf(instance.terms);
  const due: Due[] = [{ at: expiresAt, kind: 'expires' }];
  const noticeAt = Math.max(expiresAt - lengthOf(renewal.noticeBefore), instance.createdAt ?? 0);
  if (expiryNoticed !== expiresAt) due.push({ at: noticeAt, kind: 'expiry-notice' });
  const renewAt = Math.max(expiresAt - lengthOf(renewal.autoBefore), instance.createdAt ?? 0);
  if (autoRenewMonths !== null && autoRenewalTried !== expiresAt) {
    due.push({ at: renewAt, kind: 'auto-renewal' });
  }
  return due;
}

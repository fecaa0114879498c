/** A call of every action about cases, refusals among them: for tests that want to see them all. */
import type { ActionClient } from '../../src/index.js';

type Call = (client: ActionClient) => Promise<unknown>;

const IT = { instance: 'r-1' } as const;

/** `r-1` has to be there and in service; it is, afterwards. */
export const CASE_CALLS: readonly Call[] = [
  (client) => client.addContact({ name: 'Ada', how: 'ada@example.com' }),
  (client) => client.modifyContact({ contact: 'ct-1', reachable: 'yes' }),
  (client) => client.listContacts(),
  (client) => client.sendNotice({ kind: 'vendor-end', ...IT }),
  (client) => client.sendNotice({ kind: 'vendor-end', ...IT, effective: '2026-01-02' }),
  (client) => client.withdrawNotice({ notice: 'n-1' }),
  (client) => client.listNotices(),
  (client) => client.getNotice({ notice: 'n-1' }),
  (client) => client.reportViolation({ ...IT, kind: 'spam' }),
  (client) => client.liftViolation({ violation: 'v-1' }),
  (client) => client.liftViolation({ violation: 'v-9' }),
  (client) => client.listViolations(IT),
  (client) => client.getViolation({ violation: 'v-1' }),
  (client) => client.fileComplaint({ ...IT, by: 'somebody', about: 'something' }),
  (client) => client.answerComplaint({ complaint: 'cp-1', text: 'no' }),
  (client) => client.closeComplaint({ complaint: 'cp-1', outcome: 'dismissed' }),
  (client) => client.listComplaints(),
  (client) => client.getComplaint({ complaint: 'cp-1' }),
  (client) => client.reportAttack(IT),
  (client) => client.endAttack({ attack: 'at-1' }),
  (client) => client.listAttacks(),
  (client) => client.getAttack({ attack: 'at-1' }),
  (client) => client.suspendAccount({ reason: 'a risk' }),
  (client) => client.resumeAccount(),
  (client) => client.terminateAccount({ account: 'nobody', reason: 'a breach' }),
  (client) => client.beginOutage({ ...IT, cause: 'provider' }),
  (client) => client.endOutage({ outage: 'out-1' }),
  (client) => client.listOutages(),
  (client) => client.getOutage({ outage: 'out-1' }),
  (client) => client.getAvailability({ id: 'r-1' }),
  (client) => client.cancelInstance({ id: 'r-1' }),
  (client) => client.fileClaim({ ...IT, amount: '1' }),
  (client) => client.listClaims(),
  (client) => client.getClaim({ claim: 'cl-1' }),
  (client) =>
    client.modifyInstanceMaintainTime({
      ...IT,
      maintainStartTime: '02:00Z',
      maintainEndTime: '04:00Z',
    }),
  (client) => client.scheduleMaintenance(IT),
  (client) => client.cancelMaintenance({ maintenance: 'm-1' }),
  (client) => client.listMaintenances(),
  (client) => client.getMaintenance({ maintenance: 'm-1' }),
  (client) => client.openWorkOrder({ subject: 'slow', ...IT }),
  (client) => client.answerWorkOrder({ workOrder: 'w-1', text: 'We look into it.' }),
  (client) => client.closeWorkOrder({ workOrder: 'w-1' }),
  (client) => client.listWorkOrders(),
  (client) => client.getWorkOrder({ workOrder: 'w-1' }),
  (client) => client.removeContact({ contact: 'ct-1' }),
];

/** An id that there is after these calls, by the field of a path. No claim was founded. */
export const CASE_IDS: Readonly<Record<string, string>> = {
  ...{ notice: 'n-1', violation: 'v-1', complaint: 'cp-1', attack: 'at-1' },
  ...{ outage: 'out-1', maintenance: 'm-1', workOrder: 'w-1' },
};

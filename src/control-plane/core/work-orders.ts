/** Questions and faults that customers report, answered round the clock (3.2.2.1, 3.2.2.2). */
import { requireCaseState } from './case-states.js';
import type { Due } from './deadlines.js';
import type { Draft } from './draft.js';
import { formatInstant, MINUTE_MS, type Instant } from './duration.js';

/** The vendor's first answer comes after this, at any hour. Our own figure: the terms say "on a timely basis" (3.2.2.1). */
export const FIRST_ANSWER_AFTER_MS = 30 * MINUTE_MS;
const FIRST_ANSWER = 'The engineer on duty has your work order and is looking into it.';

export const WORK_ORDER_STATES = ['open', 'answered', 'closed'] as const;
export const WORK_ORDER_SIDES = ['vendor', 'customer'] as const;
export type WorkOrderSide = (typeof WORK_ORDER_SIDES)[number];

export interface WorkOrder {
  readonly id: string;
  readonly accountId: string;
  readonly instanceId: string | null;
  readonly subject: string;
  /** `open`: the vendor's turn. `answered`: the customer's. */
  readonly state: (typeof WORK_ORDER_STATES)[number];
  readonly openedAt: Instant;
  readonly said: readonly Said[];
}

export interface Said {
  readonly at: Instant;
  readonly by: WorkOrderSide;
  readonly text: string;
}

/** Throws AccountNotFound, InstanceNotFound. */
export function openWorkOrder(
  draft: Draft,
  asked: Pick<WorkOrder, 'accountId' | 'instanceId' | 'subject'> & { readonly text: string },
): string {
  const { accountId, instanceId, subject, text } = asked;
  draft.account(accountId);
  if (instanceId !== null) draft.instance(instanceId);
  const id = draft.nextId('workOrders');
  const said = [{ at: draft.at, by: 'customer', text } as const];
  const row = { id, accountId, instanceId, subject, openedAt: draft.at, said } as const;
  draft.putRecord('workOrders', { ...row, state: 'open' });
  const by = formatInstant(draft.at + FIRST_ANSWER_AFTER_MS);
  tell(draft, id, 'work-order-opened', `${id} was opened; the vendor answers by ${by}`);
  return id;
}

/** Either side, in any order, until it is closed. Throws RecordNotFound, IncorrectCaseState. */
export function answerWorkOrder(draft: Draft, id: string, by: WorkOrderSide, text: string): void {
  const order = draft.record('workOrders', id);
  requireCaseState(order, 'AnswerWorkOrder', ['open', 'answered']);
  const state = by === 'vendor' ? 'answered' : 'open';
  const said = [...order.said, { at: draft.at, by, text }];
  draft.putRecord('workOrders', { ...order, state, said });
  tell(draft, id, 'work-order-answered', `${id} was answered by the ${by}`);
}

/** Throws RecordNotFound, IncorrectCaseState. */
export function closeWorkOrder(draft: Draft, id: string): void {
  const order = draft.record('workOrders', id);
  requireCaseState(order, 'CloseWorkOrder', ['open', 'answered']);
  draft.putRecord('workOrders', { ...order, state: 'closed' });
  tell(draft, id, 'work-order-closed', `${id} was closed`);
}

/** Only the first answer comes by itself. */
export function workOrderDeadlines({ state, openedAt, said }: WorkOrder): Due[] {
  const isAnswered = said.some(({ by }) => by === 'vendor');
  if (state !== 'open' || isAnswered) return [];
  return [{ at: openedAt + FIRST_ANSWER_AFTER_MS, kind: 'work-order-answer' }];
}

export function answerFirst(draft: Draft, id: string): void {
  answerWorkOrder(draft, id, 'vendor', FIRST_ANSWER);
}

function tell(
  draft: Draft,
  id: string,
  type: 'work-order-opened' | 'work-order-answered' | 'work-order-closed',
  text: string,
): void {
  const { accountId, instanceId } = draft.record('workOrders', id);
  const clause = type === 'work-order-answered' ? '3.2.2.1' : '3.2.2.2';
  draft.event({ type, accountId, instanceId, clause, text, data: { workOrder: id } });
}

/** Questions and faults that customers report. */
import { Type } from 'typebox';
import {
  answerWorkOrder,
  closeWorkOrder,
  openWorkOrder,
  WORK_ORDER_SIDES,
} from '../core/work-orders.js';
import { defineAction } from './action.js';
import { viewWorkOrder, workOrderView } from './case-views.js';
import { account, caseId, decided, filter, listed, reading, words } from './cases.js';
import { initially } from './initially.js';

const workOrder = caseId('w-1');

export const OpenWorkOrder = defineAction({
  name: 'OpenWorkOrder',
  method: 'POST',
  path: '/v1/work-orders',
  summary:
    'Open a work order, at any hour: the engineer on duty answers after half an hour of virtual time (3.2.2.2).',
  cli: { command: 'workorder open', positional: ['subject'] },
  input: Type.Object({
    subject: words('In a few words'),
    text: initially(words('What there is to say'), 'No further text.'),
    instance: Type.Optional(Type.String({ minLength: 1, description: 'The one it is about' })),
    account,
  }),
  output: workOrderView,
  async run(context, input) {
    const { subject, text, account: accountId, instance } = input;
    const order = { accountId, instanceId: instance ?? null, subject, text };
    const row = await decided(context, 'workOrders', (draft) => openWorkOrder(draft, order));
    return viewWorkOrder(row);
  },
});

export const ListWorkOrders = defineAction({
  name: 'ListWorkOrders',
  method: 'GET',
  path: '/v1/work-orders',
  summary: 'List the work orders.',
  cli: { command: 'workorder list' },
  input: filter,
  output: Type.Object({ workOrders: Type.Array(workOrderView) }),
  run(context, input) {
    return { workOrders: listed(context, 'workOrders', input).map(viewWorkOrder) };
  },
});

export const GetWorkOrder = defineAction({
  name: 'GetWorkOrder',
  method: 'GET',
  path: '/v1/work-orders/:workOrder',
  summary: 'Show a work order, and what was said.',
  cli: { command: 'workorder show', positional: ['workOrder'] },
  input: Type.Object({ workOrder }),
  output: workOrderView,
  run({ controlPlane }, input) {
    return viewWorkOrder(reading(controlPlane).record('workOrders', input.workOrder));
  },
});

export const AnswerWorkOrder = defineAction({
  name: 'AnswerWorkOrder',
  method: 'POST',
  path: '/v1/work-orders/:workOrder/answer',
  summary: 'Say something in a work order, as the vendor or as the customer.',
  cli: { command: 'workorder answer', positional: ['workOrder'] },
  input: Type.Object({
    workOrder,
    text: words('What there is to say'),
    by: initially(Type.Enum([...WORK_ORDER_SIDES], { description: 'Who says it' }), 'vendor'),
  }),
  output: workOrderView,
  async run(context, { workOrder: id, by, text }) {
    const row = await decided(context, 'workOrders', (draft) => {
      answerWorkOrder(draft, id, by, text);
      return id;
    });
    return viewWorkOrder(row);
  },
});

export const CloseWorkOrder = defineAction({
  name: 'CloseWorkOrder',
  method: 'POST',
  path: '/v1/work-orders/:workOrder/close',
  summary: 'Close a work order.',
  cli: { command: 'workorder close', positional: ['workOrder'] },
  input: Type.Object({ workOrder }),
  output: workOrderView,
  async run(context, { workOrder: id }) {
    const row = await decided(context, 'workOrders', (draft) => {
      closeWorkOrder(draft, id);
      return id;
    });
    return viewWorkOrder(row);
  },
});

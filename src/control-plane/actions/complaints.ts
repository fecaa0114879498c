/** What others say of an instance. */
import { Type } from 'typebox';
import {
  answerComplaint,
  closeComplaint,
  COMPLAINT_OUTCOMES,
  fileComplaint,
} from '../core/complaints.js';
import { defineAction } from './action.js';
import { complaintView, viewComplaint } from './case-views.js';
import { caseId, decided, filter, instance, listed, reading, words } from './cases.js';

const complaint = caseId('cp-1');

export const FileComplaint = defineAction({
  name: 'FileComplaint',
  method: 'POST',
  path: '/v1/instances/:instance/complaints',
  summary:
    'Complain of an instance: its customer is told, and silence leads to what the terms say (3.1.3.12).',
  cli: { command: 'complaint file', positional: ['instance'] },
  input: Type.Object({ instance, by: words('Who complains'), about: words('Of what') }),
  output: complaintView,
  async run(context, { instance: instanceId, by, about }) {
    const row = await decided(context, 'complaints', (draft) =>
      fileComplaint(draft, { instanceId, by, about }),
    );
    return viewComplaint(row);
  },
});

export const ListComplaints = defineAction({
  name: 'ListComplaints',
  method: 'GET',
  path: '/v1/complaints',
  summary: 'List the complaints.',
  cli: { command: 'complaint list' },
  input: filter,
  output: Type.Object({ complaints: Type.Array(complaintView) }),
  run(context, input) {
    return { complaints: listed(context, 'complaints', input).map(viewComplaint) };
  },
});

export const GetComplaint = defineAction({
  name: 'GetComplaint',
  method: 'GET',
  path: '/v1/complaints/:complaint',
  summary: 'Show a complaint, and until when it has to be answered.',
  cli: { command: 'complaint show', positional: ['complaint'] },
  input: Type.Object({ complaint }),
  output: complaintView,
  run({ controlPlane }, input) {
    return viewComplaint(reading(controlPlane).record('complaints', input.complaint));
  },
});

export const AnswerComplaint = defineAction({
  name: 'AnswerComplaint',
  method: 'POST',
  path: '/v1/complaints/:complaint/answer',
  summary: 'Answer a complaint as its customer, in time.',
  cli: { command: 'complaint answer', positional: ['complaint'] },
  input: Type.Object({ complaint, text: words('What there is to say') }),
  output: complaintView,
  async run(context, input) {
    const row = await decided(context, 'complaints', (draft) => {
      answerComplaint(draft, input.complaint, input.text);
      return input.complaint;
    });
    return viewComplaint(row);
  },
});

export const CloseComplaint = defineAction({
  name: 'CloseComplaint',
  method: 'POST',
  path: '/v1/complaints/:complaint/close',
  summary:
    'Decide on a complaint: upheld, it leads to what silence would have led to; dismissed, a suspension because of it ends.',
  cli: { command: 'complaint close', positional: ['complaint', 'outcome'] },
  input: Type.Object({
    complaint,
    outcome: Type.Enum([...COMPLAINT_OUTCOMES], { description: 'What was decided' }),
  }),
  output: complaintView,
  async run(context, input) {
    const row = await decided(context, 'complaints', (draft) => {
      closeComplaint(draft, input.complaint, input.outcome);
      return input.complaint;
    });
    return viewComplaint(row);
  },
});

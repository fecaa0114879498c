/** What the customer promised not to do, and did. */
import { Type } from 'typebox';
import {
  liftViolation,
  reportViolation,
  VIOLATION_MEASURES,
  VIOLATIONS,
  type ViolationKind,
} from '../core/violations.js';
import { defineAction } from './action.js';
import { viewViolation, violationView } from './case-views.js';
import { caseId, decided, filter, instance, listed, reading } from './cases.js';

const violation = caseId('v-1');

export const ReportViolation = defineAction({
  name: 'ReportViolation',
  method: 'POST',
  path: '/v1/instances/:instance/violations',
  summary:
    'Report that an instance is in violation of the terms: the vendor acts at once (3.1.3.12).',
  cli: { command: 'violation report', positional: ['instance'] },
  input: Type.Object({
    instance,
    kind: Type.Enum(Object.keys(VIOLATIONS) as ViolationKind[], { description: 'What was done' }),
    measure: Type.Optional(
      Type.Enum([...VIOLATION_MEASURES], {
        description:
          'What the vendor does; by default what the terms say; delete takes the data, too',
      }),
    ),
  }),
  output: violationView,
  async run(context, { instance: instanceId, kind, measure }) {
    const row = await decided(context, 'violations', (draft) =>
      reportViolation(draft, instanceId, kind, measure),
    );
    return viewViolation(row);
  },
});

export const ListViolations = defineAction({
  name: 'ListViolations',
  method: 'GET',
  path: '/v1/violations',
  summary: 'List the violations.',
  cli: { command: 'violation list' },
  input: filter,
  output: Type.Object({ violations: Type.Array(violationView) }),
  run(context, input) {
    return { violations: listed(context, 'violations', input).map(viewViolation) };
  },
});

export const GetViolation = defineAction({
  name: 'GetViolation',
  method: 'GET',
  path: '/v1/violations/:violation',
  summary: 'Show a violation.',
  cli: { command: 'violation show', positional: ['violation'] },
  input: Type.Object({ violation }),
  output: violationView,
  run({ controlPlane }, input) {
    return viewViolation(reading(controlPlane).record('violations', input.violation));
  },
});

export const LiftViolation = defineAction({
  name: 'LiftViolation',
  method: 'POST',
  path: '/v1/violations/:violation/lift',
  summary: 'End the suspension because of a violation; other measures stay.',
  cli: { command: 'violation lift', positional: ['violation'] },
  input: Type.Object({ violation }),
  output: violationView,
  async run(context, input) {
    const row = await decided(context, 'violations', (draft) => {
      liftViolation(draft, input.violation);
      return input.violation;
    });
    return viewViolation(row);
  },
});

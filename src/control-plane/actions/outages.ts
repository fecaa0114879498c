/** Faults and other troubles. */
import { Type } from 'typebox';
import { parseDuration } from '../core/duration.js';
import { invalidInput } from '../core/errors.js';
import {
  beginOutage,
  endOutage,
  endOutages,
  OUTAGE_CAUSES,
  type OutageCause,
} from '../core/outages.js';
import { defineAction } from './action.js';
import { outageView, viewOutage } from './case-views.js';
import { caseId, filter, listed, reading } from './cases.js';
import { initially } from './initially.js';

/** A slower network is none (ms, each way). */
const LATENCY_MAX_MS = 60_000;
const outages = Type.Object({ outages: Type.Array(outageView) });

export const BeginOutage = defineAction({
  name: 'BeginOutage',
  method: 'POST',
  path: '/v1/outages',
  summary:
    'Begin an outage of one instance or of all: clients are cut off, or slowed down by a network; Redis goes on behind it.',
  cli: { command: 'outage begin', positional: ['instance'] },
  input: Type.Object({
    instance: initially(Type.String({ description: 'Its id; all in service without one' }), ''),
    cause: Type.Enum(Object.keys(OUTAGE_CAUSES) as OutageCause[], {
      description: 'Who or what is to answer for it',
    }),
    for: Type.Optional(
      Type.String({
        description:
          "How long: 2h, 80h; by default until it is ended, a fault of the vendor's as the terms say",
      }),
    ),
    latency: Type.Optional(
      Type.String({ description: 'Of a slow network, each way, up to 60s; 200ms by default' }),
    ),
  }),
  output: outages,
  async run({ controlPlane }, input) {
    const request = {
      instanceId: input.instance || null,
      cause: input.cause,
      lastsMs: input.for === undefined ? null : durationOf('for', input.for),
      latencyMs:
        input.latency === undefined ? null : durationOf('latency', input.latency, LATENCY_MAX_MS),
    };
    const ids = await controlPlane.decide((draft) => beginOutage(draft, request));
    const draft = reading(controlPlane);
    return { outages: ids.map((id) => viewOutage(draft.record('outages', id))) };
  },
});

export const ListOutages = defineAction({
  name: 'ListOutages',
  method: 'GET',
  path: '/v1/outages',
  summary: 'List the outages.',
  cli: { command: 'outage list' },
  input: filter,
  output: outages,
  run(context, input) {
    return { outages: listed(context, 'outages', input).map(viewOutage) };
  },
});

export const GetOutage = defineAction({
  name: 'GetOutage',
  method: 'GET',
  path: '/v1/outages/:outage',
  summary: 'Show an outage.',
  cli: { command: 'outage show', positional: ['outage'] },
  input: Type.Object({ outage: caseId('out-1') }),
  output: outageView,
  run({ controlPlane }, input) {
    return viewOutage(reading(controlPlane).record('outages', input.outage));
  },
});

export const EndOutage = defineAction({
  name: 'EndOutage',
  method: 'POST',
  path: '/v1/outages/end',
  summary: 'End an outage, or all that go on.',
  cli: { command: 'outage end', positional: ['outage'] },
  input: Type.Object({
    outage: initially(Type.String({ description: 'Its id; all that go on without one' }), ''),
  }),
  output: outages,
  async run({ controlPlane }, input) {
    const ids = await controlPlane.decide((draft) => {
      if (input.outage === '') return endOutages(draft);
      endOutage(draft, input.outage);
      return [input.outage];
    });
    const draft = reading(controlPlane);
    return { outages: ids.map((id) => viewOutage(draft.record('outages', id))) };
  },
});

function durationOf(field: string, text: string, max = Number.POSITIVE_INFINITY): number {
  const ms = parseDuration(field, text);
  if (ms === 0) throw invalidInput(field, text, 'must be more than nothing', 'Leave it out');
  if (ms > max) throw invalidInput(field, text, 'is more than 60s', 'Give less, such as 200ms');
  return ms;
}

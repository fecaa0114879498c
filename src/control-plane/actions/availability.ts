/** How available an instance was, and the customer's way out where it was not (8.3). */
import { Type, type Static } from 'typebox';
import { availabilityOf, byMonth } from '../core/availability.js';
import { cancelInstance } from '../core/claims.js';
import { formatDuration, formatInstant } from '../core/duration.js';
import { lengthOf } from '../core/span.js';
import { termsOf } from '../core/state-facts.js';
import { defineAction } from './action.js';
import { reading } from './cases.js';
import { id } from './instances.js';
import { instant, instanceView, viewInstance } from './views.js';

export const availabilityView = Type.Object(
  {
    id: Type.String({ description: 'Of the instance' }),
    intervals: Type.Array(
      Type.Object({
        ...{
          from: instant('Since when'),
          until: instant('Until when, or now'),
          cause: Type.String(),
        },
        ...{ clause: Type.String(), counted: Type.String(), why: Type.String() },
      }),
      { description: 'What kept clients away or slowed them down, how much of it counts, and why' },
    ),
    months: Type.Array(
      Type.Object({
        ...{ month: Type.String(), inService: Type.String() },
        ...{ unavailable: Type.String(), percentage: Type.Number() },
      }),
      { description: 'By calendar month of UTC, rounded down' },
    ),
    longest: Type.String({ description: "Longest time unavailable by the vendor's fault" }),
    cancelFrom: Type.String({ description: 'From so long on, the customer may cancel' }),
    missing: Type.String({ description: 'How much of that is missing' }),
  },
  { title: 'An availability' },
);
export type AvailabilityView = Static<typeof availabilityView>;

export const GetAvailability = defineAction({
  name: 'GetAvailability',
  method: 'GET',
  path: '/v1/instances/:id/availability',
  summary:
    'Account for the availability of an instance: each interval and whether it counts, each month, and how near 8.3 is.',
  cli: { command: 'instance availability', positional: ['id'] },
  input: Type.Object({ id }),
  output: availabilityView,
  run({ controlPlane }, input) {
    const draft = reading(controlPlane);
    const instance = draft.instance(input.id);
    const found = availabilityOf(draft, instance);
    const neededMs = lengthOf(termsOf(instance.terms).cancelAfterUnavailable);
    return {
      id: instance.id,
      intervals: found.intervals.map(({ from, until, cause, clause, countedMs, why }) => ({
        ...{ from: formatInstant(from), until: formatInstant(until), cause, clause },
        ...{ counted: formatDuration(countedMs), why },
      })),
      months: byMonth(found).map(({ month, serviceMs, unavailableMs, percentage }) => ({
        ...{ month, inService: formatDuration(serviceMs) },
        ...{ unavailable: formatDuration(unavailableMs), percentage },
      })),
      longest: formatDuration(found.longestMs),
      cancelFrom: formatDuration(neededMs),
      missing: formatDuration(Math.max(0, neededMs - found.longestMs)),
    };
  },
});

export const CancelInstance = defineAction({
  name: 'CancelInstance',
  method: 'POST',
  path: '/v1/instances/:id/cancel',
  summary:
    "Cancel an instance that was unavailable by the vendor's fault for 72 hours without a break; what is not consumed is refunded (8.3).",
  cli: { command: 'instance cancel', positional: ['id'] },
  input: Type.Object({ id }),
  output: instanceView,
  async run({ controlPlane }, input) {
    await controlPlane.decide((draft) => cancelInstance(draft, input.id));
    return viewInstance(controlPlane.instance(input.id), controlPlane);
  },
});

/** Refusals that have to do with load on demand; rows of ERRORS (errors.ts). */
import type { ErrorRow } from './errors.js';

export const METER_ERRORS = {
  LoadUnderWay: {
    status: 409,
    text: 'load is made on instance "{id}" already. Wait until it is over, or end it: load stop {id}',
  },
} as const satisfies Record<string, ErrorRow>;

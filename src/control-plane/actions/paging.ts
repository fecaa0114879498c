/** Long lists come in pages: what follows `after`, at most `limit`. */
import { Type } from 'typebox';
import { initially } from './initially.js';

export const after = initially(
  Type.Integer({ minimum: 0, description: 'Only what has a higher number than this' }),
  0,
);

export const limit = initially(
  Type.Integer({ minimum: 1, maximum: 10_000, description: 'At most so many, up to 10000' }),
  1000,
);

export const next = Type.Union([Type.Integer(), Type.Null()], {
  description: 'The `after` of the next page, or null at the end',
});

/** The smallest pieces that views are made of. */
import { Type, type TSchema } from 'typebox';
import { CURRENCY } from '../core/money.js';

export function nullable<Schema extends TSchema>(schema: Schema) {
  return Type.Union([schema, Type.Null()]);
}

export const instant = (description: string) =>
  Type.String({ format: 'date-time', description: `${description} (virtual time)` });
export const money = (description: string) =>
  Type.String({ description: `${description}, in ${CURRENCY}` });

/** Refusals that have to do with instance classes; rows of ERRORS (errors.ts). */
import type { ErrorRow } from './errors.js';

export const CLASS_ERRORS = {
  ClassesNotValid: {
    status: 400,
    text: 'these instance classes are not possible: {mistakes}',
  },
  UnknownInstanceClass: {
    status: 400,
    text: 'no instance class "{value}". Classes there are: {known}; "classes check FILE" looks at your own',
  },
} as const satisfies Record<string, ErrorRow>;

/** A field that is a structure of its own: over HTTP as it is, on the command line as JSON or as a file that has it. */
import { Type } from 'typebox';

export function json(description: string) {
  return Type.Object({}, { additionalProperties: true, description });
}

/**
 * What is too large to be a value: a file that streams. As a field it is the whole body of its request, as an answer
 * the whole body of that; on the command line it is the name of a file, and in process a Readable.
 */
import type { Readable } from 'node:stream';
import { Type, type TObject, type TSchema } from 'typebox';

const MEDIA_TYPE = 'application/octet-stream';

export function file(description: string) {
  return Type.Unsafe<Readable>({ contentMediaType: MEDIA_TYPE, description });
}

export function isFile(schema: TSchema | undefined): boolean {
  return (schema as { contentMediaType?: string } | undefined)?.contentMediaType === MEDIA_TYPE;
}

/** The field of an action's input that is a file; undefined: none is. */
export function fileFieldOf({ properties }: TObject): string | undefined {
  return Object.keys(properties).find((name) => isFile(properties[name]));
}

/** Is an answer as it should be? Of an object, only the fields count that are named. Pure. */

export function isLike(is: unknown, wanted: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(is) &&
      is.length === wanted.length &&
      wanted.every((one, index) => isLike(is[index], one))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) {
    return (
      typeof is === 'object' &&
      is !== null &&
      Object.entries(wanted).every(([name, one]) => isLike((is as Fields)[name], one))
    );
  }
  // `gives: 3` and the "3" of Redis are the same for people.
  const isScalar = typeof is === 'string' || typeof is === 'number';
  return is === wanted || (isScalar && typeof wanted === 'number' && String(is) === String(wanted));
}

type Fields = Readonly<Record<string, unknown>>;
const SHOWN_MAX = 200;

/** In a line; text as it is. */
export function shown(value: unknown): string {
  const text =
    typeof value === 'string'
      ? value
      : ((JSON.stringify(value) as string | undefined) ?? 'nothing');
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

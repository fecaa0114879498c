/** `$shop` and `$safety.BackupId` in the values of a scenario: what an earlier step made, or was answered. */

export type Answers = ReadonlyMap<string, unknown>;

const NAME = /^\$([A-Za-z][A-Za-z0-9_-]*)((?:\.[A-Za-z0-9_-]+)*)$/;

/** The names that a value uses, without their fields. */
export function namesIn(value: unknown): string[] {
  if (typeof value === 'string') {
    const name = NAME.exec(value)?.[1];
    return name === undefined ? [] : [name];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(namesIn);
}

/** The value with each name replaced by what it stands for; `$shop` alone is the id of what was made. */
export function resolved(value: unknown, answers: Answers): unknown {
  if (typeof value === 'string') return fromName(value, answers);
  if (Array.isArray(value)) return value.map((one) => resolved(one, answers));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, one]) => [name, resolved(one, answers)]);
  return Object.fromEntries(fields);
}

function fromName(text: string, answers: Answers): unknown {
  const [, name = '', fields = ''] = NAME.exec(text) ?? [];
  if (!answers.has(name)) return text;
  const path = fields === '' ? ['id'] : fields.slice(1).split('.');
  return path.reduce<unknown>(
    (one, field) => (one as Readonly<Record<string, unknown>> | undefined)?.[field],
    answers.get(name),
  );
}

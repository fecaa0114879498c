/** What the actions of cases have in common: fields, and how their rows are found. */
import { Type, type Static } from 'typebox';
import { DEFAULT_ACCOUNT } from '../core/decisions.js';
import { Draft } from '../core/draft.js';
import type { RecordTables } from '../core/records.js';
import type { ControlPlane } from '../control-plane.js';
import type { ActionContext } from './action.js';
import { initially } from './initially.js';

const TEXT_MAX = 1000;

export const instance = Type.String({
  minLength: 1,
  description: "The instance's id, such as r-1",
});

export const account = initially(
  Type.String({ minLength: 1, description: 'The account' }),
  DEFAULT_ACCOUNT,
);

/** What people say. */
export const words = (description: string) =>
  Type.String({ minLength: 1, maxLength: TEXT_MAX, description });

/** The id of a case. */
export const caseId = (example: string) =>
  Type.String({ minLength: 1, description: `Its id, such as ${example}` });

/** Which rows of a list are wanted. */
export const filter = Type.Object({
  instance: Type.Optional(Type.String({ minLength: 1, description: 'Only those of one instance' })),
  account: Type.Optional(Type.String({ minLength: 1, description: 'Only those of one account' })),
});

/** A read of the world as it is. */
export function reading({ clock, world }: ControlPlane): Draft {
  return new Draft(world, clock.now());
}

/** Throws InstanceNotFound, AccountNotFound where the filter names what there is not. */
export function listed<Table extends keyof RecordTables>(
  { controlPlane }: ActionContext,
  table: Table,
  wanted: Static<typeof filter>,
): RecordTables[Table][] {
  const draft = reading(controlPlane);
  const instanceId = wanted.instance === undefined ? null : draft.instance(wanted.instance).id;
  const accountId = wanted.account === undefined ? null : draft.account(wanted.account).id;
  return draft.records(table).filter((row: About) => {
    const whose = row.accountId ?? draft.instance(row.instanceId ?? '').accountId;
    if (accountId !== null && whose !== accountId) return false;
    return instanceId === null || row.instanceId === instanceId;
  });
}

interface About {
  readonly id: string;
  readonly accountId?: string | null;
  readonly instanceId?: string | null;
}

/** Decides, and answers with the row that it was about. */
export async function decided<Table extends keyof RecordTables>(
  { controlPlane }: ActionContext,
  table: Table,
  work: (draft: Draft) => string,
): Promise<RecordTables[Table]> {
  const id = await controlPlane.decide(work);
  return reading(controlPlane).record(table, id);
}

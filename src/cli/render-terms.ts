/** Terms and plans for people. */
import type { PlanView } from '../control-plane/actions/plan.js';
import type { TermsView } from '../control-plane/actions/terms-view.js';
import type { Course } from '../control-plane/core/terms.js';
import { table } from './table.js';

interface ListedTerms {
  readonly name: string;
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly instances: number;
}

interface ListedAnnouncement {
  readonly id: string;
  readonly terms: string;
  readonly accountId: string | null;
  readonly effectiveAt: string;
  readonly instances: readonly string[];
  readonly state: string;
}

export function termsTable({ terms }: { readonly terms: readonly ListedTerms[] }): string {
  return table(
    ['NAME', 'ID', 'INSTANCES', 'TITLE', 'SOURCE'],
    terms.map((one) => [one.name, one.id, String(one.instances), one.title, one.source]),
  );
}

/** Each stage in its order, for each charge type; then everything else. */
export function termsDetails({ id, title, source, course, rules, agreed }: TermsView): string {
  const courses = Object.entries(course as Record<string, Course>);
  const stages = courses.flatMap(([type, one]) => rowsOf(type, one));
  return [
    `${id}: ${title} (${source})`,
    ...(agreed === null ? [] : [`agreed in an order: ${JSON.stringify(agreed)}`]),
    '',
    table(['CHARGE TYPE', 'STAGE', 'LASTS', 'READS', 'WRITES', 'CHARGED', 'BACKUPS'], stages),
    '',
    table(['RULE', 'VALUE'], Object.entries(rules)),
  ].join('\n');
}

function rowsOf(type: string, { grace, frozen, released }: Course): string[][] {
  const yes = (is: boolean) => (is ? 'yes' : 'no');
  const charged = (is: boolean) => (type === 'PostPaid' ? yes(is) : 'paid for');
  return [
    [type, 'overdue', grace.lasts, 'pass', 'pass', charged(grace.billed), yes(grace.backedUp)],
    [
      ...[type, 'frozen', frozen.lasts, frozen.reads, frozen.writes],
      ...[charged(frozen.billed), yes(frozen.backedUp)],
    ],
    [type, 'released', released.lasts, 'closed', 'closed', 'no', 'no'],
  ];
}

export function announcementTable(answer: {
  readonly announcements: readonly ListedAnnouncement[];
}): string {
  if (answer.announcements.length === 0) return 'no changes of terms were announced';
  return table(
    ['ID', 'TERMS', 'ACCOUNT', 'EFFECTIVE', 'STATE', 'INSTANCES'],
    answer.announcements.map((one) => [
      ...[one.id, one.terms, one.accountId ?? 'all', one.effectiveAt, one.state],
      one.instances.join(', '),
    ]),
  );
}

export function planTable({ instanceId, now, until, changes }: PlanView): string {
  const head = `${instanceId}, from ${now} on, if nobody pays and nobody acts:`;
  if (changes.length === 0) return `${head}\nnothing changes before ${until}`;
  const rows = changes.map((one) => [
    ...[one.at, `+${one.after}`, one.state, wordOf(one.reads), wordOf(one.writes)],
    ...[one.balance, one.clause ?? '-', one.what],
  ]);
  const header = ['WHEN', 'FROM NOW', 'STATE', 'READS', 'WRITES', 'BALANCE', 'CLAUSE', 'WHAT'];
  return `${head}\n${table(header, rows)}`;
}

/** The code that client libraries switch on. */
function wordOf(line: string): string {
  return line.split(' ')[0] ?? line;
}

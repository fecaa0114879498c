/** The documentation says what the code does, and nothing else: each table is compared row by row. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { createProgram } from '../src/cli/program.js';
import { SETTINGS } from '../src/config.js';
import * as accessViews from '../src/control-plane/actions/access-views.js';
import * as accountMeasures from '../src/control-plane/actions/account-measures.js';
import * as accounts from '../src/control-plane/actions/accounts.js';
import { requiredFields, type Action } from '../src/control-plane/actions/action.js';
import * as attacks from '../src/control-plane/actions/attacks.js';
import * as availability from '../src/control-plane/actions/availability.js';
import * as caseViews from '../src/control-plane/actions/case-views.js';
import * as claims from '../src/control-plane/actions/claims.js';
import * as clock from '../src/control-plane/actions/clock.js';
import { ACTIONS } from '../src/control-plane/actions/index.js';
import * as complaints from '../src/control-plane/actions/complaints.js';
import * as contacts from '../src/control-plane/actions/contacts.js';
import * as databaseAccounts from '../src/control-plane/actions/database-accounts.js';
import * as events from '../src/control-plane/actions/events.js';
import * as instances from '../src/control-plane/actions/instances.js';
import * as maintenance from '../src/control-plane/actions/maintenance.js';
import * as notices from '../src/control-plane/actions/notices.js';
import * as outages from '../src/control-plane/actions/outages.js';
import * as orderViews from '../src/control-plane/actions/order-views.js';
import * as orders from '../src/control-plane/actions/orders.js';
import * as parameters from '../src/control-plane/actions/parameters.js';
import { checkpointView } from '../src/control-plane/actions/checkpoints.js';
import { trafficView } from '../src/control-plane/actions/traffic.js';
import * as plan from '../src/control-plane/actions/plan.js';
import * as prices from '../src/control-plane/actions/prices.js';
import * as recycleBin from '../src/control-plane/actions/recycle-bin.js';
import * as securityIps from '../src/control-plane/actions/security-ips.js';
import * as simulator from '../src/control-plane/actions/simulator.js';
import * as violations from '../src/control-plane/actions/violations.js';
import * as workOrders from '../src/control-plane/actions/work-orders.js';
import * as subscriptions from '../src/control-plane/actions/subscriptions.js';
import * as terms from '../src/control-plane/actions/terms.js';
import * as termsViews from '../src/control-plane/actions/terms-view.js';
import * as views from '../src/control-plane/actions/views.js';
import * as writeLock from '../src/control-plane/actions/write-lock.js';
import { ERRORS } from '../src/control-plane/core/errors.js';

const actions: readonly Action[] = Object.values(ACTIONS);

/** What of a schema is told. */
interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Field[];
  readonly items?: Field & { readonly properties?: object };
}

type Fields = Readonly<Record<string, Field>>;

test('docs/errors.md has every error with its status and its text', () => {
  expect(rowsOf(pageOf('errors'))).toEqual(
    Object.entries(ERRORS).map(([code, { status, text }]) => [`\`${code}\``, String(status), text]),
  );
});

test('docs/api.md has every action under its own heading, and no other', () => {
  const headings = sectionsOf(pageOf('api'), '### ').map(([heading]) => heading);
  expect(headings).toEqual(actions.map(({ name }) => name));
});

test.each(actions)('docs/api.md tells $name as it is: summary, method, path, fields', (action) => {
  const section = sectionOf(pageOf('api'), '### ', action.name);
  expect(section).toContain(action.summary);
  expect(section).toContain(`\`${action.method} ${action.path}\``);
  expect(section).toContain(`Answers with ${answerOf(action.output)}.`);
  expect(rowsOf(section)).toEqual(fieldRowsOf(action));
});

function fieldRowsOf({ input, path, method }: Action): string[][] {
  const required = requiredFields(input);
  const elsewhere = method === 'POST' || method === 'PUT' ? 'body' : 'query';
  return Object.entries(input.properties as Fields).map(([name, field]) => {
    const initial = field.default === undefined || field.default === '' ? '' : shown(field.default);
    return [
      `\`${name}\``,
      path.includes(`:${name}`) ? 'path' : elsewhere,
      typeOf(field),
      required.includes(name) ? 'required' : initial,
      field.description ?? '',
    ];
  });
}

/** Views are told once, under headings of their own. */
function answerOf(schema: object): string {
  const view = Object.entries(ANSWERS)
    .find(([, one]) => one === schema)?.[0]
    .toLowerCase();
  if (view !== undefined) return `[${view}](#${view.replaceAll(' ', '-')})`;
  const { items, properties } = schema as Field & { readonly properties?: Fields };
  if (items !== undefined) return `a list, each ${answerOf(items)}`;
  if (properties === undefined) return typeOf(schema);
  return Object.entries(properties)
    .map(([name, field]) => `\`${name}\` (${answerOf(field)})`)
    .join(', ');
}

const ANSWERS: Readonly<Record<string, { readonly properties: object }>> = {
  'An instance': views.instanceView,
  'An order': orderViews.orderView,
  'A price': orderViews.priceView,
  'A plan': plan.planView,
  'A set of terms': termsViews.termsView,
  'An announcement': terms.announcementView,
  'A database account': accessViews.databaseAccountView,
  'A whitelist group': accessViews.securityIpGroupView,
  'A parameter': accessViews.parameterView,
  'An account': views.accountView,
  'A ledger entry': views.ledgerEntryView,
  'A contact': caseViews.contactView,
  'A notice': caseViews.noticeView,
  'A violation': caseViews.violationView,
  'A complaint': caseViews.complaintView,
  'An attack': caseViews.attackView,
  'An outage': caseViews.outageView,
  'An availability': availability.availabilityView,
  'A claim': caseViews.claimView,
  'A maintenance': caseViews.maintenanceView,
  'A work order': caseViews.workOrderView,
  'An event': views.eventView,
  'A line of the timeline': views.storyLineView,
  'A traffic': trafficView,
  'A checkpoint': checkpointView,
  'The clock': views.clockView,
};

test('docs/api.md tells what answers are made of', () => {
  const page = pageOf('api');
  expect(sectionsOf(page, '#### ').map(([heading]) => heading)).toEqual(Object.keys(ANSWERS));
  for (const [heading, { properties }] of Object.entries(ANSWERS)) {
    const rows = Object.entries(properties as Fields).map(([name, field]) => [
      `\`${name}\``,
      typeOf(field),
      field.description ?? field.anyOf?.[0]?.description ?? '',
    ]);
    expect(rowsOf(sectionOf(page, '#### ', heading))).toEqual(rows);
  }
});

test('docs/cli.md has every command, its arguments and its options', () => {
  const page = pageOf('cli');
  const commands = commandsOf(createProgram(), 'frostgate');
  expect(sectionsOf(page, '### ').map(([heading]) => heading)).toEqual(
    commands.map(({ usage }) => `\`${usage}\``),
  );
  for (const { usage, command } of commands) {
    const section = sectionOf(page, '### ', `\`${usage}\``);
    const settings = SETTINGS.map(({ flag }) => flag as string);
    const own = command.options.filter(
      ({ flags }) =>
        !(RUN_A_SIMULATOR.includes(command.name()) ? settings : COMMON).includes(flags),
    );
    expect(section).toContain(command.description());
    expect(rowsOf(section)).toEqual([
      ...command.registeredArguments.map((one) => [`\`${one.name()}\``, one.description]),
      ...own.map(({ flags, description }) => [`\`${flags}\``, description]),
    ]);
  }
});

/** Their options are the settings. */
const RUN_A_SIMULATOR = ['up', 'exec'];

/** Told once, for all other commands. */
const COMMON = ['--json', '--url <address>', '--token <token>'];

test('docs/cli.md tells once what all commands take', () => {
  const [first] = commandsOf(createProgram(), 'frostgate').filter(
    ({ usage }) => !RUN_A_SIMULATOR.some((name) => usage.includes(` ${name}`)),
  );
  const common = first?.command.options.filter(({ flags }) => COMMON.includes(flags)) ?? [];
  expect(rowsOf(sectionOf(pageOf('cli'), '## ', 'All commands'))).toEqual(
    common.map(({ flags, description }) => [`\`${flags}\``, description]),
  );
});

function commandsOf(parent: Command, path: string): { usage: string; command: Command }[] {
  return parent.commands.flatMap((command) => {
    const own = `${path} ${command.name()}`;
    if (command.commands.length > 0) return commandsOf(command, own);
    const args = command.registeredArguments.map((one) =>
      one.required ? ` <${one.name()}>` : ` [${one.name()}]`,
    );
    return [{ usage: `${own}${args.join('')}`, command }];
  });
}

test('docs/configuration.md has every setting: flag, variable, default, option of the library', () => {
  expect(rowsOf(sectionOf(pageOf('configuration'), '## ', 'Settings'))).toEqual(
    SETTINGS.map(({ flag, env, initial, field, description }) => [
      `\`${flag}\``,
      `\`${env}\``,
      initial === '' ? '' : `\`${initial}\``,
      `\`${field}\``,
      description,
    ]),
  );
});

test('every action that is written is in the table of contents', () => {
  const files = [
    plan,
    recycleBin,
    terms,
    writeLock,
    ...[instances, subscriptions, orders, prices, databaseAccounts, securityIps, parameters],
    ...[accounts, clock, events, simulator],
    ...[accountMeasures, contacts, notices, violations, complaints, attacks, outages],
    ...[availability, claims, maintenance, workOrders],
  ];
  const written = files
    .flatMap((file) => Object.values<unknown>(file))
    .filter((one): one is Action => typeof one === 'object' && one !== null && 'run' in one);
  expect(new Set(written.map(({ name }) => name))).toEqual(new Set(Object.keys(ACTIONS)));
  for (const [name, action] of Object.entries(ACTIONS)) expect(action.name).toBe(name);
});

function typeOf(field: Field): string {
  if (field.enum) return field.enum.map((one) => `\`${one}\``).join(', ');
  if (field.anyOf) {
    const [first, second] = field.anyOf;
    return second?.type === 'null'
      ? `${typeOf(first ?? {})}, null`
      : field.anyOf.map(typeOf).join(', ');
  }
  return field.type === 'array' ? `list` : (field.type ?? '');
}

function shown(value: string | number | boolean): string {
  return `\`${String(value)}\``;
}

function pageOf(name: string): string {
  return readFileSync(join(import.meta.dirname, '..', 'docs', `${name}.md`), 'utf8');
}

/** Headings of this level, each with what stands below it up to the next of the same or a higher level. */
function sectionsOf(page: string, level: string): [heading: string, text: string][] {
  const found: [string, string[]][] = [];
  let isWithin = false;
  for (const line of page.split('\n')) {
    const depth = /^(#+ )/.exec(line)?.[1];
    if (depth === level) {
      found.push([line.slice(level.length), []]);
      isWithin = true;
    } else if (depth !== undefined && depth.length < level.length) isWithin = false;
    else if (isWithin) found.at(-1)?.[1].push(line);
  }
  return found.map(([heading, lines]) => [heading, lines.join('\n')]);
}

function sectionOf(page: string, level: string, heading: string): string {
  return sectionsOf(page, level).find(([one]) => one === heading)?.[1] ?? '';
}

/** The cells of all tables, without their headings. */
function rowsOf(text: string): string[][] {
  const lines = text.split('\n');
  return lines
    .filter((line, at) => {
      const isRow = line.startsWith('|') && !isRule(line);
      return isRow && !isRule(lines[at + 1] ?? '');
    })
    .map((line) =>
      line
        .slice(1, line.lastIndexOf('|'))
        .split('|')
        .map((cell) => cell.trim()),
    );
}

function isRule(line: string): boolean {
  return /^\|[ :|-]+\|$/.test(line);
}

/**
 * `npm run docs`: writes what the pages tell of the code as it is: actions, answers, commands, errors, settings. Every
 * heading, summary, table and answer follows from the code; sentences beside them are kept where they are. The order is
 * that of the code, and a new one stands behind the one before it. test/docs.test.ts compares. Needs dist/.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { ROOT } from './prepare.mjs';
import { inSections, linesOf, withTable } from './docs-sections.mjs';

const built = (file) => import(pathToFileURL(join(ROOT, 'dist', file)).href);
const { ACTIONS } = await built('control-plane/actions/index.js');
const { requiredFields } = await built('control-plane/actions/action.js');
const { ERRORS } = await built('control-plane/core/errors.js');
const { SETTINGS } = await built('config.js');
const { createProgram } = await built('cli/program.js');

const actions = Object.values(ACTIONS);
/** What all commands but `up` and `exec` take is told once. */
const COMMON = ['--json', '--url <address>', '--token <token>'];

/** By page: what it should be, given what it is. */
export const PAGES = { api, cli, errors, configuration };

export function pageOf(name) {
  return readFileSync(join(ROOT, 'docs', `${name}.md`), 'utf8');
}

export async function written(name) {
  const path = join(ROOT, 'docs', `${name}.md`);
  const options = { ...(await resolveConfig(path)), parser: 'markdown' };
  return format(PAGES[name](pageOf(name)), options);
}

function api(page) {
  const told = inSections(page, '### ', actions, {
    heading: ({ name }) => name,
    body: (action, before) => {
      const summary = before.find((line) => line.trim() !== '' && !/^[`|]/.test(line));
      const rows = fieldRowsOf(action);
      const own = before.filter((line) => !isOfAction(line) && line !== summary);
      return [
        ...['', action.summary, '', `\`${action.method} ${action.path}\``, ''],
        ...tableOf(['field', 'in', 'type', 'default', 'what it is'], rows),
        ...['', `Answers with ${answerOf(action.output)}.`, '', ...own, ''],
      ];
    },
  });
  return inSections(told, '#### ', viewsOf(actions), {
    heading: ({ title }) => title,
    body: ({ properties }, before) =>
      withTable(before, ['field', 'type', 'what it is'], viewRowsOf(properties)),
  });
}

function cli(page) {
  const commands = commandsOf(createProgram(), 'frostgate');
  const settings = SETTINGS.map(({ flag }) => flag);
  // Any command that is an action takes them.
  const { command: anyAction } = commands.find(({ usage }) => usage === 'frostgate instance list');
  const common = anyAction.options.filter(({ flags }) => COMMON.includes(flags));
  const told = inSections(page, '## ', [common], {
    heading: () => 'All commands',
    body: (options, before) => withTable(before, ['option', 'what it is'], optionRows(options)),
    keepOthers: true,
  });
  return inSections(told, '### ', commands, {
    heading: ({ usage }) => `\`${usage}\``,
    body: ({ command }, before) => {
      const elsewhere = ['up', 'exec'].includes(command.name()) ? settings : COMMON;
      const own = command.options.filter(({ flags }) => !elsewhere.includes(flags));
      const rows = [
        ...command.registeredArguments.map((one) => [`\`${one.name()}\``, one.description]),
        ...optionRows(own),
      ];
      const summary = before.find((line) => line.trim() !== '' && !line.startsWith('|'));
      const kept = before.filter((line) => line !== summary);
      return [
        ...['', command.description(), ''],
        ...withTable(kept, ['argument or option', 'what it is'], rows),
      ];
    },
  });
}

function errors(page) {
  const rows = Object.entries(ERRORS).map(([code, { status, text }]) => [
    `\`${code}\``,
    String(status),
    text,
  ]);
  return withTable(linesOf(page), ['code', 'HTTP', 'text'], rows).join('\n');
}

function configuration(page) {
  const titles = ['flag', 'variable', 'default', 'in the library', 'what it is'];
  const rows = SETTINGS.map(({ flag, env, initial, field, description }) => [
    ...[`\`${flag}\``, `\`${env}\``, initial === '' ? '' : `\`${initial}\``],
    ...[`\`${field}\``, description],
  ]);
  return inSections(page, '## ', [rows], {
    heading: () => 'Settings',
    body: (own, before) => withTable(before, titles, own),
    keepOthers: true,
  });
}

/** A line that `api` writes by itself. */
function isOfAction(line) {
  return line.startsWith('|') || line.startsWith('Answers with ') || /^`[A-Z]+ \/\S*`$/.test(line);
}

function fieldRowsOf({ input, path, method }) {
  const required = requiredFields(input);
  const isSent = method === 'POST' || method === 'PUT';
  // A file is the whole body.
  const isFileSent = Object.values(input.properties).some((field) => typeOf(field) === 'file');
  const elsewhere = isSent && !isFileSent ? 'body' : 'query';
  return Object.entries(input.properties).map(([name, field]) => {
    const { default: given, description = '' } = field;
    const initial = given === undefined || given === '' ? '' : `\`${String(given)}\``;
    return [
      `\`${name}\``,
      path.includes(`:${name}`) ? 'path' : typeOf(field) === 'file' ? 'the body' : elsewhere,
      typeOf(field),
      required.includes(name) ? 'required' : initial,
      description,
    ];
  });
}

function viewRowsOf(properties) {
  return Object.entries(properties).map(([name, field]) => [
    `\`${name}\``,
    typeOf(field),
    field.description ?? field.anyOf?.[0]?.description ?? '',
  ]);
}

/** Answers that have a title are told once, under it, in the order in which they come first. */
function viewsOf(all) {
  const found = new Map();
  const look = (schema) => {
    if (schema.title !== undefined) found.set(schema.title, schema);
    const within = [...Object.values(schema.properties ?? {}), ...(schema.anyOf ?? [])];
    if (schema.items) within.push(schema.items);
    within.forEach(look);
  };
  for (const { output } of all) look(output);
  return [...found.values()];
}

function answerOf({ title, items, properties, anyOf, ...schema }) {
  if (title !== undefined) return `[${lower(title)}](#${lower(title).replaceAll(' ', '-')})`;
  if (items !== undefined) return `a list, each ${answerOf(items)}`;
  if (properties === undefined) return typeOf({ anyOf, ...schema });
  const fields = Object.entries(properties);
  return fields.map(([name, field]) => `\`${name}\` (${answerOf(field)})`).join(', ');
}

function lower(title) {
  return title.toLowerCase();
}

function typeOf(field) {
  if (field.enum) return field.enum.map((one) => `\`${one}\``).join(', ');
  if (field.anyOf) {
    const [first, second] = field.anyOf;
    return second?.type === 'null'
      ? `${typeOf(first ?? {})}, null`
      : field.anyOf.map(typeOf).join(', ');
  }
  if (field.contentMediaType !== undefined) return 'file';
  return field.type === 'array' ? 'list' : (field.type ?? '');
}

function optionRows(options) {
  return options.map(({ flags, description }) => [`\`${flags}\``, description]);
}

function commandsOf(parent, path) {
  return parent.commands.flatMap((command) => {
    const own = `${path} ${command.name()}`;
    const inner = commandsOf(command, own);
    const args = command.registeredArguments.map((one) =>
      one.required ? ` <${one.name()}>` : ` [${one.name()}]`,
    );
    // `meters <id>` does something itself, and has commands within.
    const isNoun = inner.length > 0 && args.length === 0;
    return [...(isNoun ? [] : [{ usage: `${own}${args.join('')}`, command }]), ...inner];
  });
}

function tableOf(titles, rows) {
  return withTable([], titles, rows);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of Object.keys(PAGES)) {
    const page = await written(name);
    if (page === pageOf(name)) continue;
    writeFileSync(join(ROOT, 'docs', `${name}.md`), page);
    console.log(`docs/${name}.md was written anew`);
  }
}

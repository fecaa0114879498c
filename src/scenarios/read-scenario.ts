/** From the text of a file to a scenario, or every mistake in it: its line, its value and the way out. */
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import { checkedInput, requiredFields, type Action } from '../control-plane/actions/action.js';
import { ACTIONS } from '../control-plane/actions/index.js';
import { parseDuration, parseInstant } from '../control-plane/core/duration.js';
import { problemOf } from '../control-plane/core/errors.js';
import { EVENT_TYPES } from '../control-plane/core/event-types.js';
import { parseMoney } from '../control-plane/core/money.js';
import { namesIn } from './names.js';
import {
  BARE_WORDS,
  HEAD,
  stepSchemaOf,
  type Beside,
  type Scenario,
  type Step,
} from './scenario.js';
import { WORD_NAMES, WORDS, type Modifier, type WordName } from './words.js';

/** Steps are played one by one: more than a person would write are a mistake. */
const STEPS_MAX = 1_000;

type Given = Readonly<Record<string, unknown>>;

/** A scenario, or the mistakes as `12: steps.3.advance: ...`. */
export function readScenario(text: string): Scenario | readonly string[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineOf = (offset: number): number => lines.linePos(offset).line;
  if (document.errors.length > 0) {
    return document.errors.map(({ pos, message }) => `${String(lineOf(pos[0]))}: ${message}`);
  }
  const reading = new Reading((path) => lineOf(offsetOf(document, path)));
  return reading.scenario(document.toJS({ maxAliasCount: 100 }));
}

/** Is it mistakes? */
export function areMistakes(read: Scenario | readonly string[]): read is readonly string[] {
  return Array.isArray(read);
}

type Path = readonly (string | number)[];

/** Where the innermost thing stands that there is on this path. */
function offsetOf(document: Document, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

class Reading {
  readonly mistakes: string[] = [];
  /** What names stand for by now: instances, and answers. */
  readonly #instances = new Set<string>();
  readonly #answers = new Set<string>();

  constructor(private readonly lineOf: (path: Path) => number) {}

  scenario(given: unknown): Scenario | readonly string[] {
    const { steps, ...head } = isObject(given) ? given : {};
    if (!isObject(given))
      this.#wrong([], 'the file', given, 'is no scenario. Begin with: title: ...');
    this.#head(head);
    if (!Array.isArray(steps) || steps.length === 0 || steps.length > STEPS_MAX) {
      const most = String(STEPS_MAX);
      this.#wrong(['steps'], 'steps', steps, `must be a list of 1 to ${most} steps`);
    }
    const read = (Array.isArray(steps) ? steps : []).map((step, at) => this.#step(step, at));
    // Only now: a wrong title can be anything, also what has no text, such as { toString: null }.
    if (this.mistakes.length > 0) return this.mistakes;
    const { title, about = '', balance = 100, clock = '2026-01-01T00:00:00Z' } = head;
    return {
      ...{ title: String(title), about: String(about), balance: String(balance) },
      ...{ clock: String(clock), steps: read },
    };
  }

  #head(head: Given): void {
    const schemas: Readonly<Record<string, TSchema>> = HEAD;
    if (head.title === undefined) {
      this.#wrong([], 'title', undefined, 'must be given. Say in a few words what the story is');
    }
    for (const [name, value] of Object.entries(head)) {
      const schema = schemas[name];
      const known = `is not known here. There are: ${[...Object.keys(HEAD), 'steps'].join(', ')}`;
      if (schema === undefined) this.#wrong([name], name, value, known);
      else this.#checked([name], schema, value);
    }
    const { balance, clock } = head;
    if (typeof balance === 'string' || typeof balance === 'number') {
      this.#tried(['balance'], () => parseMoney('balance', balance));
    }
    if (typeof clock === 'string') this.#tried(['clock'], () => parseInstant('clock', clock));
  }

  #step(given: unknown, at: number): Step {
    const path = ['steps', at];
    const nothing = { line: this.lineOf(path), say: null, word: null, value: null, beside: {} };
    const fields = isObject(given) ? given : bareWord(given);
    const words = WORD_NAMES.filter((word) => Object.hasOwn(fields, word));
    const [word] = words;
    if (words.length > 1) {
      const shown = words.join(' and ');
      this.#wrong(path, this.#nameOf(path), shown, 'are two steps. Make a step of each: - ...');
      return nothing;
    }
    if (word === undefined) {
      const { say } = fields;
      if (typeof say === 'string' && Object.keys(fields).length === 1) return { ...nothing, say };
      this.#wrong(
        path,
        this.#nameOf(path),
        given,
        `is no step. There are: say, ${WORD_NAMES.join(', ')}`,
      );
      return nothing;
    }
    const isRight = this.#fields(path, word, fields);
    const { say = null, [word]: value, ...others } = fields;
    const beside = others as Beside;
    if (isRight) this.#closer(path, word, value, beside);
    return { ...nothing, say: say as string | null, word, value, beside };
  }

  /** The form of a step. */
  #fields(path: Path, word: WordName, fields: Given): boolean {
    const before = this.mistakes.length;
    const { properties } = stepSchemaOf(word);
    for (const [name, value] of Object.entries(fields)) {
      const schema = properties[name];
      const place = [...path, name];
      const known = `cannot stand beside ${word}. What can: ${Object.keys(properties).slice(1).join(', ')}`;
      if (schema === undefined) this.#wrong(place, this.#nameOf(place), value, known);
      else this.#checked(place, schema, value);
    }
    return this.mistakes.length === before;
  }

  /** What a form does not say: durations, names, what actions take. */
  #closer(path: Path, word: WordName, value: unknown, beside: Beside) {
    const place = [...path, word];
    if (word === 'advance' || word === 'pause') {
      this.#tried(place, () => parseDuration(this.#nameOf(place), value as string));
    }
    if (word === 'create') this.#creation(place, value);
    if (word === 'backup') this.#answers.add(value as string);
    if (word === 'restore') this.#names(place, { restore: `$${value as string}` });
    if (word === 'load') {
      this.#tried(place, () =>
        checkedInput(ACTIONS.LoadInstance, { id: 'any', ...(value as Given) }),
      );
    }
    if (word === 'do') this.#action(path, value as string, beside);
    if (word === 'expect') this.#expectation(place, value as Given);
    this.#names(path, { [word]: value, ...beside });
    const needsOne = (WORDS[word].beside as readonly Modifier[]).includes('instance');
    const { instance } = beside;
    if (instance !== undefined && !this.#answers.has(instance)) {
      const known = [...this.#answers].join(', ') || 'none yet';
      const about = `is no instance of this scenario. By then there are: ${known}`;
      this.#wrong([...path, 'instance'], this.#nameOf([...path, 'instance']), instance, about);
    } else if (needsOne && this.#instances.size === 0) {
      this.#wrong(
        place,
        this.#nameOf(place),
        value,
        'is about an instance. Make one first: create',
      );
    }
    if (beside.as !== undefined) this.#answers.add(beside.as);
  }

  #creation(place: Path, value: unknown): void {
    const given = typeof value === 'string' ? { name: value } : (value as Given);
    if (namesIn(given).length === 0) {
      this.#tried(place, () => checkedInput(ACTIONS.CreateInstance, given));
    }
    this.#instances.add(given.name as string);
    this.#answers.add(given.name as string);
  }

  #action(path: Path, name: string, beside: Beside): void {
    const actions: Readonly<Record<string, Action>> = ACTIONS;
    const action = actions[name];
    if (action === undefined) {
      const about = `is no action. There are: ${Object.keys(actions).join(', ')}`;
      this.#wrong([...path, 'do'], this.#nameOf([...path, 'do']), name, about);
      return;
    }
    const given = beside.with ?? {};
    const place = [...path, beside.with === undefined ? 'do' : 'with'];
    // What names stand for is not known yet: only fields that say something themselves are looked at.
    const known = Object.keys(action.input.properties);
    for (const field of Object.keys(given).filter((one) => !known.includes(one))) {
      const about = `is nothing that ${name} takes. It takes: ${known.join(', ') || 'nothing'}`;
      this.#wrong([...place, field], this.#nameOf([...place, field]), given[field], about);
    }
    const missing = requiredFields(action.input).filter((one) => given[one] === undefined);
    if (missing.length > 0) {
      const about = `needs more. Give it: with: { ${missing.join(', ')} }`;
      this.#wrong(place, this.#nameOf(place), name, about);
    }
    if (missing.length === 0 && namesIn(given).length === 0) {
      this.#tried(place, () => checkedInput(action, given));
    }
  }

  #expectation(place: Path, { happened = [] }: Given): void {
    const known: readonly string[] = EVENT_TYPES;
    for (const type of [happened].flat() as string[]) {
      if (known.includes(type)) continue;
      const about = `is no type of event. There are: ${known.join(', ')}`;
      this.#wrong([...place, 'happened'], this.#nameOf([...place, 'happened']), type, about);
    }
  }

  #names(path: Path, fields: Given): void {
    for (const name of namesIn(fields).filter((one) => !this.#answers.has(one))) {
      const known = [...this.#answers].map((one) => `$${one}`).join(', ') || 'none yet';
      const about = `stands for nothing. By then there are: ${known}`;
      this.#wrong(path, this.#nameOf(path), `$${name}`, about);
    }
  }

  /** The words of JSON Schema, with the value and what it is. */
  #checked(path: Path, schema: TSchema, value: unknown): void {
    const [error] = Value.Errors(schema, value) as readonly {
      readonly message: string;
      readonly keyword: string;
      readonly params: { readonly allowedValues?: readonly unknown[] };
    }[];
    if (!error) return;
    const { description = '' } = schema as { readonly description?: string };
    const choices = error.params.allowedValues?.map(String).join(', ');
    const problem = choices === undefined ? 'is not possible here' : `must be one of ${choices}`;
    this.#wrong(path, this.#nameOf(path), value, `${problem}. It is: ${description}`);
  }

  #tried(path: Path, parse: () => unknown): void {
    try {
      parse();
    } catch (error) {
      this.mistakes.push(`${String(this.lineOf(path))}: ${problemOf(error)}`);
    }
  }

  #wrong(path: Path, name: string, value: unknown, problem: string): void {
    const shown = (JSON.stringify(value) as string | undefined)?.slice(0, 80) ?? 'nothing';
    this.mistakes.push(`${String(this.lineOf(path))}: ${name}: ${shown} ${problem}`);
  }

  /** `steps.3.advance`, counted from 1 as people do. */
  #nameOf(path: Path): string {
    return path.map((part) => (typeof part === 'number' ? part + 1 : part)).join('.');
  }
}

function bareWord(given: unknown): Given {
  return BARE_WORDS.some((word) => word === given) ? { [given as string]: null } : {};
}

function isObject(value: unknown): value is Given {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

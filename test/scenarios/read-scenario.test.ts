import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { shippedScenarios } from '../../src/cli/scenario-file.js';
import { areMistakes, readScenario } from '../../src/scenarios/read-scenario.js';
import { scenarioSchema } from '../../src/scenarios/scenario.js';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const HEAD = 'title: A story\nsteps:\n  - create: shop\n';

function mistakesOf(text: string): readonly string[] {
  const read = readScenario(text);
  return areMistakes(read) ? read : [];
}

test('a scenario is read with the lines of its steps', () => {
  const read = readScenario(`${HEAD}  - owe\n\n  - say: Later.\n    advance: 2h\n`);
  expect(read).toEqual({
    title: 'A story',
    about: '',
    balance: '100',
    clock: '2026-01-01T00:00:00Z',
    steps: [
      { line: 3, say: null, word: 'create', value: 'shop', beside: {} },
      { line: 4, say: null, word: 'owe', value: null, beside: {} },
      { line: 6, say: 'Later.', word: 'advance', value: '2h', beside: {} },
    ],
  });
});

describe('a mistake is told with its line, its value and the way out', () => {
  test.each([
    [
      '  - advance: soon',
      '4: steps.2.advance: is not a duration, got "soon". Give a number and a unit',
    ],
    ['  - until: melted', '4: steps.2.until: "melted" must be one of creating, active, overdue'],
    ['  - freeze: shop', '4: steps.2: {"freeze":"shop"} is no step. There are: say, create, owe'],
    ['  - pay: much', '4: steps.2.pay: "much" is not possible here. It is: Pays this much in'],
    ['  - pay: -3', '4: steps.2.pay: -3 is not possible here'],
    ['  - pay: 1\n    owe: 0', '4: steps.2: "owe and pay" are two steps. Make a step of each'],
    [
      '  - pay: 1\n    gives: 2',
      '5: steps.2.gives: 2 cannot stand beside pay. What can: say, fails',
    ],
    [
      '  - redis: GET a\n    instance: other',
      '5: steps.2.instance: "other" is no instance of this scenario. By then there are: shop',
    ],
    [
      '  - do: MeltInstance',
      '4: steps.2.do: "MeltInstance" is no action. There are: CreateInstance',
    ],
    [
      '  - do: SetPrice\n    with: { price: 1 }',
      '5: steps.2.with.price: 1 is nothing that SetPrice takes. It takes: instanceClass',
    ],
    [
      '  - do: RenewInstance',
      '4: steps.2.do: "RenewInstance" needs more. Give it: with: { id, period }',
    ],
    [
      '  - do: DestroyInstance\n    with: { id: $cart }',
      '4: steps.2: "$cart" stands for nothing. By then there are: $shop',
    ],
    [
      '  - expect: { happened: melting }',
      '4: steps.2.expect.happened: "melting" is no type of event. There are: account-opened',
    ],
    ['  - expect: {}', '4: steps.2.expect: {} is not possible here'],
    ['  - create: { name: b, bandwidth: wide }', '4: bandwidth: must be a number, got "wide"'],
    ['  - [', '5: Flow sequence in block collection must be sufficiently indented'],
  ])('%s', (step, told) => {
    const [mistake] = mistakesOf(`${HEAD}${step}\n`);
    expect(mistake).toContain(told);
  });

  test.each([
    ['', '1: the file: null is no scenario. Begin with: title: ...'],
    ['steps:\n  - say: Hm.', '1: title: nothing must be given'],
    ['title: A\nsteps: []', '2: steps: [] must be a list of 1 to 1000 steps'],
    [
      'title: A\nspeed: 3\nsteps: [owe]',
      '2: speed: 3 is not known here. There are: title, about, balance, clock, steps',
    ],
    ['title: A\nclock: noon\nsteps: [owe]', '2: clock: is not an instant, got "noon"'],
    ['title: A\nbalance: -1\nsteps: [owe]', '2: balance: must not be negative, got -1'],
    // What JavaScript has no text for: found by the property below.
    [
      'title: { toString: null }\nsteps: [owe]',
      '1: title: {"toString":null} is not possible here. It is: What the story is, in a few words',
    ],
    ['title: A\nbalance: { toString: null }\nsteps: [owe]', '2: balance: {"toString":null} is not'],
    [
      'title: A\nsteps:\n  - expect: { state: active }',
      '3: steps.1.expect: {"state":"active"} is about an instance. Make one first: create',
    ],
  ])('%s', (text, told) => {
    expect(mistakesOf(text).join('\n')).toContain(told);
  });

  test('all of them at once, not only the first', () => {
    const lines = mistakesOf(`${HEAD}  - advance: soon\n  - owe: x\n  - nothing: 1\n`);
    expect(lines.map((line) => line.split(':')[0])).toEqual(['4', '5', '6']);
  });
});

test('whatever stands in a file, it is read or its mistakes are told', () => {
  const anything = fc.anything({ withDate: false, withBigInt: false });
  const step = fc.dictionary(
    fc.constantFrom(
      'say',
      'create',
      'owe',
      'until',
      'redis',
      'do',
      'with',
      'expect',
      'instance',
      'as',
    ),
    fc.oneof(fc.string(), fc.integer(), fc.constant(null), anything),
  );
  const file = fc.record({
    title: fc.oneof(fc.string(), anything),
    balance: fc.oneof(fc.constant(10), anything),
    clock: fc.oneof(fc.constant('2026-01-01'), anything),
    steps: fc.array(fc.oneof(step, anything)),
  });
  fc.assert(
    fc.property(fc.oneof(file, anything), (content) => {
      const read = readScenario(stringify(JSON.parse(JSON.stringify(content ?? null))));
      if (areMistakes(read)) expect(read.length).toBeGreaterThan(0);
      else expect(read.steps.length).toBeGreaterThan(0);
    }),
  );
});

test('the schema is published, and is that of the code', () => {
  const path = 'schemas/scenario.schema.json';
  const now = `${JSON.stringify({ $schema: DRAFT, ...scenarioSchema }, null, 2)}\n`;
  const before: unknown = existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null;
  expect(before, `${path} is stale; it should be:\n${now}`).toEqual(JSON.parse(now));
});

test.each(shippedScenarios())('%s is right, by the schema too', (name) => {
  const text = readFileSync(`examples/scenarios/${name}.yaml`, 'utf8');
  expect(mistakesOf(text)).toEqual([]);
  expect([...Value.Errors(scenarioSchema, parse(text))]).toEqual([]);
});

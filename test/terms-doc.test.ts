/** docs/terms.md has every clause that has behaviour, each with a command that there is and a test that there is. */
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../src/cli/program.js';

/** The clauses of the terms of service that have behaviour, as they are numbered there; M: the membership agreement. */
const CLAUSES = [
  ...['2.1', '2.2.1.1', '2.2.1.2', '2.2.2', '2.3', '2.4'],
  ...['3.1.1', '3.1.3.4', '3.1.3.5', '3.1.3.6', '3.1.3.7', '3.1.3.8', '3.1.3.9', '3.1.3.10'],
  ...['3.1.3.12', '3.1.5', '3.1.6', '3.1.7', '3.1.11', '3.2.2.1', '3.2.2.2', '3.2.9'],
  ...['4.3', '6', '7.1', '7.2.2', '7.2.3.1', '7.2.3.2', '7.2.4', '7.2.5', '7.3.1'],
  ...['8.2.1', '8.2.2', '8.3', '8.5', '9', '11.1', '11.2', 'M'],
];

/** Clause, what happens, command, test. A cell may hold a `|` that is escaped. */
const ROWS = readFileSync('docs/terms.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| '))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|')))
  .map((cells) => cells.slice(1, -1))
  .filter(([clause = '']) => /^(\d[\d.]*|M)$/.test(clause));

const COMMANDS = commandsOf(createProgram());

test('docs/terms.md has every clause that has behaviour', () => {
  const told = new Set(ROWS.map(([clause]) => clause));
  expect(CLAUSES.filter((clause) => !told.has(clause))).toEqual([]);
});

describe.each(ROWS)('clause %s in docs/terms.md: %s', (clause, _, commands = '', tests = '') => {
  test('is provoked by a command that there is', () => {
    const named = [...commands.matchAll(/`frostgate ([^`]+)`/g)].map(([, words = '']) => words);
    expect(named, `clause ${clause} names no command`).not.toEqual([]);
    for (const words of named) {
      const isKnown = COMMANDS.some((command) => `${words} `.startsWith(`${command} `));
      expect(isKnown, `there is no command "frostgate ${words}"`).toBe(true);
    }
  });

  test('is shown by a test that there is', () => {
    const named = [...tests.matchAll(/`(test\/[^`: ]+): ([^`]+)`/g)];
    expect(named, `clause ${clause} names no test`).not.toEqual([]);
    for (const [, file = '', name = ''] of named) {
      expect(existsSync(file), `there is no ${file}`).toBe(true);
      expect(readFileSync(file, 'utf8'), `${file} has no test "${name}"`).toContain(name);
    }
  });
});

/** `instance create`, `up`, ... `load <id>` does something itself, and has `load stop` within. */
function commandsOf(program: Command, before = ''): string[] {
  return program.commands.flatMap((command) => {
    const name = `${before}${command.name()}`;
    const inner = commandsOf(command, `${name} `);
    return inner.length === 0 || command.registeredArguments.length > 0 ? [name, ...inner] : inner;
  });
}

/** Scenarios by name, those that are shipped, or by file. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { invalidInput, problemOf, SimulatorError } from '../control-plane/core/errors.js';
import { areMistakes, readScenario } from '../scenarios/read-scenario.js';
import type { Scenario } from '../scenarios/scenario.js';

const SHIPPED = fileURLToPath(new URL('../../examples/scenarios', import.meta.url));
const ENDING = '.yaml';

export interface ScenarioFile {
  readonly file: string;
  readonly scenario: Scenario;
}

export function shippedScenarios(): string[] {
  const files = readdirSync(SHIPPED).filter((file) => file.endsWith(ENDING));
  return files.map((file) => file.slice(0, -ENDING.length)).sort();
}

/** Throws InvalidInput where there is no such file, ScenarioNotValid with every mistake in it. */
export function scenarioAt(nameOrFile: string): ScenarioFile {
  const file = shippedScenarios().includes(nameOrFile)
    ? join(SHIPPED, `${nameOrFile}${ENDING}`)
    : nameOrFile;
  const read = readScenario(textOf(file));
  if (!areMistakes(read)) return { file, scenario: read };
  const mistakes = read.map((mistake) => `\n  ${file}:${mistake}`).join('');
  throw new SimulatorError('ScenarioNotValid', { mistakes });
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const wayOut = `Give a file, or one of those that are shipped: ${shippedScenarios().join(', ')}`;
    throw invalidInput('file', file, `cannot be read (${problemOf(error)})`, wayOut);
  }
}

/** `terms check FILE`, `classes check FILE`: look at a file here, without a simulator. */
import type { Command } from 'commander';
import { readClasses } from '../control-plane/classes-file.js';
import { areMistakes } from '../control-plane/schema-mistakes.js';
import { readTerms } from '../control-plane/terms-file.js';
import { structureOf } from './json-arguments.js';

/** By noun: what the file has, and the mistakes in it. */
const CHECKS: Readonly<
  Record<string, { readonly of: string; readonly mistakesIn: (file: unknown) => readonly string[] }>
> = {
  classes: {
    of: 'instance classes',
    mistakesIn(file) {
      const read = readClasses(file);
      return 'mistakes' in read ? read.mistakes : [];
    },
  },
  terms: {
    of: 'terms',
    mistakesIn(file) {
      const read = readTerms(file);
      return areMistakes(read) ? read : [];
    },
  },
};

export function addFileChecks(nounOf: (noun: string) => Command): void {
  for (const [noun, { of, mistakesIn }] of Object.entries(CHECKS)) {
    nounOf(noun)
      .command('check')
      .description(
        `Check a file of ${of}: every mistake with its place and the way out. No simulator is needed.`,
      )
      .argument('<file>', `The file, as in schemas/${noun}.schema.json`)
      .option('--json', 'print one JSON object')
      .action(async (file: string, options: { readonly json?: boolean }) => {
        const mistakes = mistakesIn(await structureOf('file', file));
        if (options.json) console.log(JSON.stringify({ file, mistakes }, null, 2));
        else console.log(mistakes.length === 0 ? `${file}: nothing is wrong` : mistakes.join('\n'));
        if (mistakes.length > 0) process.exitCode = 1;
      });
  }
}

/** `terms check FILE`: looks at a file of terms here, without a simulator. */
import type { Command } from 'commander';
import { areMistakes } from '../control-plane/schema-mistakes.js';
import { readTerms } from '../control-plane/terms-file.js';
import { structureOf } from './json-arguments.js';

export function addTermsCheck(parent: Command): void {
  parent
    .command('check')
    .description(
      'Check a file of terms: every mistake with its place and the way out. No simulator is needed.',
    )
    .argument('<file>', 'The file, as in schemas/terms.schema.json')
    .option('--json', 'print one JSON object')
    .action(async (file: string, options: { readonly json?: boolean }) => {
      const read = readTerms(await structureOf('file', file));
      const mistakes = areMistakes(read) ? read : [];
      if (options.json) console.log(JSON.stringify({ file, mistakes }, null, 2));
      else console.log(mistakes.length === 0 ? `${file}: nothing is wrong` : mistakes.join('\n'));
      if (mistakes.length > 0) process.exitCode = 1;
    });
}

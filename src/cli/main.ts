/** The command line. Exit codes: 0 done, 1 failed, 2 wrong usage. */
import { CommanderError } from 'commander';
import { SimulatorError } from '../control-plane/core/errors.js';
import { createProgram } from './program.js';
import { printError } from './print-error.js';

// `frostgate events | head`: whoever reads no more is no reason for a trace.
process.stdout.on('error', () => process.exit(0));

try {
  await createProgram().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has said it already.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else {
    printError(error, process.argv.includes('--json'));
    // What its user can mend by asking in another way.
    const isUsage = error instanceof SimulatorError && error.status === 400;
    process.exitCode = isUsage ? 2 : 1;
  }
}

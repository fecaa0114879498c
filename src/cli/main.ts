/** The command line. Exit codes: 0 done, 1 failed, 2 wrong usage. */
import { CommanderError } from 'commander';
import { SimulatorError } from '../control-plane/core/errors.js';
import { createProgram } from './program.js';
import { printError } from './print-error.js';

/** What its user can mend by asking in another way. */
const WRONG_USAGE: readonly string[] = ['InvalidInput', 'UnknownField', 'ClockBackwards'];

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
    const isUsage = error instanceof SimulatorError && WRONG_USAGE.includes(error.code);
    process.exitCode = isUsage ? 2 : 1;
  }
}

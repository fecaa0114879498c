/** What went wrong, for people on stderr, for programs as the API would say it. */
import { problemOf, SimulatorError } from '../control-plane/core/errors.js';
import { wantsColour } from '../config.js';

export function printError(error: unknown, asJson: boolean): void {
  if (asJson) {
    const known = error instanceof SimulatorError;
    const code = known ? error.code : 'InternalError';
    const details = known ? error.details : {};
    console.error(JSON.stringify({ error: { code, message: problemOf(error), details } }));
    return;
  }
  const label = wantsColour(process.stderr) ? '\u001b[31merror:\u001b[39m' : 'error:';
  console.error(`${label} ${problemOf(error)}`);
  if (isOurs(error)) console.error(error.stack);
}

/** A mistake of ours leaves a trace. What the system refuses (a directory, a file) is not one. */
function isOurs(error: unknown): error is Error {
  return error instanceof Error && !(error instanceof SimulatorError) && !('syscall' in error);
}

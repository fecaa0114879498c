/** The refusal that something asked for ends with. */
import { SimulatorError } from '../../src/control-plane/core/errors.js';

export async function lastRefusal(asked: Promise<unknown>): Promise<SimulatorError> {
  try {
    await asked;
  } catch (error) {
    if (error instanceof SimulatorError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

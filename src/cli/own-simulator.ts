/** A simulator for one command, in its process: nothing is kept, and nothing is left. */
import { givenConfigOf } from '../config.js';
import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator.js';

/** As the environment says where it says something; the rest as it suits a command that ends. */
export function ownSimulator(options: SimulatorOptions): Promise<Simulator> {
  return startSimulator({
    ...givenConfigOf({}),
    dataDir: null,
    rate: 0,
    progress: (line) => console.error(line),
    ...options,
  });
}

/** A simulator for one command, in its process: nothing is kept, and nothing is left. */
import { configOf } from '../config.js';
import { startSimulator, type Simulator, type SimulatorOptions } from '../simulator.js';

/** The engine is the one that `frostgate up` would take; the rest as it suits a command that ends. */
export function ownSimulator(options: SimulatorOptions): Promise<Simulator> {
  const { engine, redisServer, dockerImage, dockerNetwork, external, flushExternal } = configOf({});
  return startSimulator({
    ...{ engine, redisServer, dockerImage, dockerNetwork, external, flushExternal },
    progress: (line) => console.error(line),
    ...options,
  });
}

/** `frostgate up`: a simulator in the foreground, until it is told to end. */
import { join, relative, resolve } from 'node:path';
import { configOf, type Config, type Flags } from '../config.js';
import { SimulatorError } from '../control-plane/core/errors.js';
import { installRedis } from '../control-plane/engines/install-redis.js';
import { startSimulator, type Simulator } from '../simulator.js';
import { structureOf } from './json-arguments.js';
import { endOfProcess } from './end-of-process.js';

export async function up(flags: Flags): Promise<void> {
  const config = configOf(flags);
  // JSON for programs on stdout; the rest for people.
  const progress = (line: string) => console.error(line);
  const ended = endOfProcess();
  const simulator = await startWithEngine(config, flags, progress);
  if (flags.classes) await addClasses(simulator, flags.classes);
  if (flags.demo) await createDemo(simulator);
  if (flags.json) await printJson(simulator);
  else await printWelcome(simulator, config);
  const signal = await ended;
  progress(`${signal}: closing, the instances come back at the next start`);
  await simulator.close();
}

async function startWithEngine(
  config: Config,
  flags: Flags,
  progress: (line: string) => void,
): Promise<Simulator> {
  try {
    return await startSimulator({ ...config, progress });
  } catch (error) {
    const isMissing = error instanceof SimulatorError && error.code === 'EngineNotAvailable';
    if (!isMissing || !flags.installEngine || !(await installRedis(progress))) throw error;
    return startSimulator({ ...config, progress });
  }
}

/** What cannot be taken in ends the simulator: instances of it would be missing. */
async function addClasses(simulator: Simulator, file: string): Promise<void> {
  try {
    await simulator.addClasses({ classes: (await structureOf('--classes', file)) as object });
  } catch (error) {
    await simulator.close();
    throw error;
  }
}

async function createDemo(simulator: Simulator): Promise<void> {
  const { instances } = await simulator.describeInstances();
  if (instances.length > 0) return;
  try {
    await simulator.createInstance({ name: 'demo' });
  } catch (error) {
    // A simulator whose account is empty is still worth having.
    if (!(error instanceof SimulatorError) || error.code !== 'InsufficientBalance') throw error;
    const wayOut =
      'Pay for one (npx frostgate account top-up 100), or begin anew: npx frostgate reset';
    console.error(`No demo instance: ${error.message}. ${wayOut}`);
  }
}

async function printJson(simulator: Simulator): Promise<void> {
  const { engine, engineReason, instances } = await simulator.getStatus();
  const { apiUrl, token } = simulator;
  const tokenRequired = token !== null;
  console.log(JSON.stringify({ apiUrl, engine, engineReason, tokenRequired, instances }));
}

async function printWelcome(simulator: Simulator, config: Config): Promise<void> {
  const { engine, engineReason, instances, clock } = await simulator.getStatus();
  const port = instances[0]?.port;
  const dir = shownPath(config.dataDir ?? '');
  const tokenFile = config.token === undefined ? `in ${join(dir, 'token')}` : 'as given';
  const lines = [
    '',
    `Frostgate is up. Engine ${engine}: ${engineReason}`,
    ...instances.map(
      (one) => `  ${one.name.padEnd(10)} ${one.url ?? '-'}  ${one.state}, ${one.instanceClass}`,
    ),
    `  ${'page'.padEnd(10)} ${simulator.apiUrl ?? 'off'}${simulator.token === null ? '' : '  (asks for the token)'}`,
    `  ${'API'.padEnd(10)} ${simulator.apiUrl ?? 'off'}${simulator.token === null ? '' : `  (token ${tokenFile})`}`,
    `  ${'clock'.padEnd(10)} ${clock.now}, ${clock.mode === 'frozen' ? 'frozen' : `running at ${String(clock.rate)}x`}`,
    `  ${'data'.padEnd(10)} ${dir}`,
    ...(clock.problem === null ? [] : [`  ${'problem'.padEnd(10)} ${clock.problem}`]),
    '',
    ...(port ? tryNext(port) : ['Make an instance: npx frostgate instance create']),
    '',
    'Ctrl-C ends it; the instances come back at the next start.',
  ];
  console.log(lines.join('\n'));
}

/** As somebody in this directory would type it; in full where that would lead upwards. */
function shownPath(path: string): string {
  const below = relative('', path) || '.';
  return below.startsWith('..') ? resolve(path) : below;
}

function tryNext(port: number): string[] {
  return [
    'Try in another terminal:',
    `  redis-cli -p ${String(port)} set greeting hello`,
    '  npx frostgate account set-balance 0     # the money is gone',
    '  npx frostgate clock advance 26h         # overdue, and 24 hours later frozen',
    `  redis-cli -p ${String(port)} set greeting x        # refused: NOWRITE`,
    '  npx frostgate account top-up 100        # active again',
    '  npx frostgate timeline                  # the whole story',
  ];
}

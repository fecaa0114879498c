/** `frostgate demo`: a story unfolds at a speed that people can follow, with an application at work, here and on the page. */
import type { Command } from 'commander';
import type { Flags } from '../config.js';
import type { ActionClient } from '../control-plane/actions/index.js';
import { parseDuration, parseInstant, type Instant } from '../control-plane/core/duration.js';
import { invalidInput, problemOf, SimulatorError } from '../control-plane/core/errors.js';
import { play, type Audience } from '../scenarios/player.js';
import { endOfProcess, type Ending } from './end-of-process.js';
import { LiveLine } from './live-line.js';
import { paceOf, terminalAudience } from './play.js';
import { scenarioAt, shippedScenarios } from './scenario-file.js';
import { shownTime } from './timeline.js';

const STORY = 'arrears-to-deletion';
const SPEED = '2h';
const PORT = 7480;
/** How often the last line is drawn (real ms). */
const LOOK_MS = 500;
/** Time to open the page before anything happens (real ms). */
const BEFORE = '5s';

export function addDemo(program: Command): void {
  program
    .command('demo')
    .description(
      'Show what the service does: a scenario unfolds before an application that writes and reads, here and on the page, in a simulator of its own.',
    )
    .argument('[scenario]', `A file, or one that is shipped; ${STORY} by default`)
    .option('--speed <duration>', `virtual time for each second [${SPEED}]`)
    .option('--wait <duration>', `time to open the page before it begins [${BEFORE}]`)
    .option(
      '--api-port <port>',
      `the port of the page; 0 lets the system choose [${String(PORT)}, or another one where that is taken]`,
    )
    .option('--once', 'end when the story does, instead of waiting for Ctrl-C')
    .action((nameOrFile: string | undefined, options: Flags) => demo(nameOrFile ?? STORY, options));
}

async function demo(nameOrFile: string, options: Flags): Promise<void> {
  const { scenario } = scenarioAt(nameOrFile);
  const pace = paceOf(options.speed ?? SPEED);
  const waitMs = parseDuration('--wait', options.wait ?? BEFORE);
  const { apiPort } = options;
  const ended = endOfProcess();
  const clockStart = parseInstant('clock', scenario.clock);
  await using simulator =
    apiPort === undefined
      ? await atUsualPort(clockStart)
      : await begin(portOf(apiPort), clockStart);
  console.log(`${scenario.title}\n${scenario.about}`);
  console.log(`Look at it: ${simulator.apiUrl ?? ''}   (other stories: ${others(nameOrFile)})`);
  const line = new LiveLine();
  const looking = setInterval(() => void look(simulator, line), LOOK_MS);
  const story = async (): Promise<string> => {
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    const audience = unlessOver(ended, withApplication(simulator, line));
    const isRight = await play(scenario, simulator, pace, audience);
    if (!isRight && !ended.isOver()) process.exitCode = 1;
    return 'The story is over.';
  };
  try {
    line.print(await Promise.race([story(), ended]));
    if (options.once || ended.isOver()) return;
    line.print('The page stays as long as this runs: Ctrl-C ends it, and nothing is left.');
    await ended;
  } finally {
    clearInterval(looking);
    line.end();
  }
}

async function begin(apiPort: number, clockStart: Instant) {
  const { ownSimulator } = await import('./own-simulator.js');
  return ownSimulator({ apiPort, clockStart });
}

/** At the usual port, or at another one where somebody has that: another simulator, most likely, which goes on beside the story. */
async function atUsualPort(clockStart: Instant) {
  try {
    return await begin(PORT, clockStart);
  } catch (error) {
    if (!(error instanceof SimulatorError && error.code === 'ListenFailed')) throw error;
    return await begin(0, clockStart);
  }
}

/** Whatever the scenario says, there is an application to look at. */
function withApplication(client: ActionClient, line: LiveLine): Audience {
  const terminal = terminalAudience((text) => line.print(text));
  return {
    says: terminal.says,
    done: (told) => {
      terminal.done(told);
      if (told.word === 'create') void startAll(client);
    },
  };
}

/** Whoever has ended it is not told that the step at work then did not come to an end. */
function unlessOver(ended: Ending, { says, done }: Audience): Audience {
  return {
    says: (at, text) => {
      if (!ended.isOver()) says(at, text);
    },
    done: (told) => {
      if (!ended.isOver()) done(told);
    },
  };
}

async function startAll(client: ActionClient): Promise<void> {
  const { instances } = await client.describeInstances();
  for (const { id } of instances) {
    const { running } = await client.describeApplication({ id });
    if (!running) await client.startApplication({ id }).catch(() => undefined); // it wants a password
  }
}

/** `2026-01-02 05:00:00  shop frozen  writes 0/s  reads 50/s  refused 50/s  1.2 ms  NOWRITE ...` */
async function look(client: ActionClient, line: LiveLine): Promise<void> {
  try {
    const { now } = await client.getClock();
    const { instances } = await client.describeInstances({ all: true });
    const lastly = instances.at(-1);
    if (!lastly) return;
    const { samples } = await client.describeApplication({ id: lastly.id });
    const last = samples.at(-1);
    const standing = `${shownTime(now)}  ${lastly.name} is ${lastly.state}`;
    if (!last) {
      line.show(standing);
      return;
    }
    const a = (value: number): string => `${String(Math.round(value))}/s`;
    const failed = last.refusedPerSecond + last.lostPerSecond;
    const figures = `writes ${a(last.writesPerSecond)}  reads ${a(last.readsPerSecond)}  refused ${a(failed)}`;
    const latency = last.latencyMs === null ? '' : `  ${last.latencyMs.toFixed(1)} ms`;
    const why = last.connected ? (last.refusal ?? '') : 'no connection';
    line.show(`${standing}  ${figures}${latency}  ${why}`);
  } catch (error) {
    line.show(problemOf(error)); // it is ending
  }
}

function others(shownName: string): string {
  return shippedScenarios()
    .filter((name) => name !== shownName)
    .join(', ');
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw invalidInput('--api-port', text, 'is not a port', 'Give a number from 0 to 65535');
}

/** `frostgate play`: a scenario, in a simulator of its own as fast as it goes, or before the eyes of people. */
import type { Command } from 'commander';
import { connectTo } from '../client.js';
import { clientConfigOf, type Flags } from '../config.js';
import type { ActionClient } from '../control-plane/actions/index.js';
import { formatDuration, parseDuration, parseInstant } from '../control-plane/core/duration.js';
import { play, type Audience, type Told } from '../scenarios/player.js';
import type { Pace } from '../scenarios/pace.js';
import type { Scenario } from '../scenarios/scenario.js';
import { scenarioAt } from './scenario-file.js';
import { shownTime } from './timeline.js';

/** Time to read what was said (real ms). */
const PAUSE_MS = 2_500;

export function addPlay(program: Command): void {
  program
    .command('play')
    .description(
      'Play a scenario: a file of steps, or one that is shipped, by its name. In a simulator of its own unless --live says otherwise.',
    )
    .argument('<file>', 'The file, as in schemas/scenario.schema.json, or a name')
    .option('--live', 'in the simulator that runs, for others to see')
    .option('--speed <duration>', 'virtual time for each second, such as 1h; at once by default')
    .option('--check', 'only look whether the file is right')
    .option('--json', 'print one JSON object')
    .option('--url <address>', 'the simulator [FROSTGATE_URL, http://127.0.0.1:7480]')
    .option('--token <token>', 'its token, where it wants one [FROSTGATE_TOKEN]')
    .action(async (nameOrFile: string, options: Flags) => {
      const { file, scenario } = scenarioAt(nameOrFile);
      const pace = paceOf(options.speed);
      if (options.check) {
        print(options, { file, ...titleOf(scenario), steps: [], ok: true });
        return;
      }
      const steps: Told[] = [];
      const told = options.json ? SILENT : terminalAudience((line) => console.log(line));
      const audience: Audience = {
        says: told.says,
        done: (step) => {
          steps.push(step);
          told.done(step);
        },
      };
      if (!options.json) console.log(scenario.title);
      const begun = performance.now();
      const span = await playedWhere(options, scenario, (client) =>
        play(scenario, client, pace, audience),
      );
      const seconds = Math.round(performance.now() - begun) / 1000;
      const ok = steps.every((one) => one.ok);
      print(options, {
        file,
        ...titleOf(scenario),
        steps,
        ok,
        virtual: formatDuration(span),
        seconds,
      });
      if (!ok) process.exitCode = 1;
    });
}

interface Outcome {
  readonly file: string;
  readonly title: string;
  readonly steps: readonly Told[];
  readonly ok: boolean;
  readonly virtual?: string;
  readonly seconds?: number;
}

const titleOf = ({ title }: Scenario) => ({ title });

/** Throws InvalidInput. */
export function paceOf(speed: string | undefined): Pace | null {
  if (speed === undefined) return null;
  return { rate: parseDuration('--speed', speed) / 1000, pauseMs: PAUSE_MS };
}

/** Resolves with how much virtual time went by. */
async function playedWhere(
  options: Flags,
  scenario: Scenario,
  work: (client: ActionClient) => Promise<unknown>,
): Promise<number> {
  if (options.live) return timed(connectTo(clientConfigOf(options)), work);
  // Everything that runs a simulator takes longer to load than a file takes to be checked.
  const { ownSimulator } = await import('./own-simulator.js');
  const clockStart = parseInstant('clock', scenario.clock);
  await using simulator = await ownSimulator({ apiPort: null, clockStart });
  return await timed(simulator, work);
}

async function timed(
  client: ActionClient,
  work: (client: ActionClient) => Promise<unknown>,
): Promise<number> {
  const before = Date.parse((await client.getClock()).now);
  await work(client);
  return Date.parse((await client.getClock()).now) - before;
}

const SILENT: Audience = { says: () => undefined, done: () => undefined };

/** What is said stands out; what was done about it stands below. */
export function terminalAudience(print: (line: string) => void): Audience {
  return {
    says: (at, text) => print(`\n${shownTime(at)}  ${text}`),
    done: ({ line, at, word, text, ok }) => {
      if (word === null || (text === '' && ok)) return;
      const sign = ok ? '  ' : 'x ';
      const where = ok ? '' : `line ${String(line)}: `;
      print(`${shownTime(at)}  ${sign}${where}${word}: ${text}`);
    },
  };
}

function print(options: Flags, outcome: Outcome): void {
  if (options.json) {
    console.log(JSON.stringify(outcome, null, 2));
    return;
  }
  const { file, steps, ok, virtual, seconds } = outcome;
  if (virtual === undefined) {
    console.log(`${file}: nothing is wrong`);
    return;
  }
  const verdict = ok ? 'all as it should be' : 'not as it should be';
  console.log(
    `\n${verdict}: ${String(steps.length)} steps, ${virtual} of virtual time in ${String(seconds)} s`,
  );
}

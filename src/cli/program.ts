/** The commands, made from the table of actions; `up` is the only one that is not a call of the API. */
import type { Readable } from 'node:stream';
import { Command, Option } from 'commander';
import { connectTo } from '../client.js';
import { clientConfigOf, SETTINGS, type Flags } from '../config.js';
import { requiredFields, type Action } from '../control-plane/actions/action.js';
import type { EventView } from '../control-plane/actions/views.js';
import type { ClockView } from '../control-plane/actions/clock-view.js';
import { isFile } from '../control-plane/actions/file-field.js';
import { ACTIONS, type ActionClient } from '../control-plane/actions/index.js';
import { VERSION } from '../version.js';
import { addTarget, saveTo } from './file-target.js';
import { FOLLOWERS } from './following.js';
import { printEnvironment } from './environment.js';
import { withStructures } from './json-arguments.js';
import { addDemo } from './demo.js';
import { addPlay } from './play.js';
import { isList, printJourney, printList, type Call } from './pages.js';
import { interruptible, withProgress, type ProgressKind } from './progress.js';
import { render, renderMore } from './render.js';
import { addFileChecks } from './file-checks.js';

interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly default?: string | number | boolean;
  readonly enum?: readonly string[];
}

const NOUNS: Readonly<Record<string, string>> = {
  instance: 'What the customer buys',
  backup: "Copies of an instance's data",
  'database-account': 'Who may log in to an instance',
  whitelist: 'From where clients may come',
  parameter: 'The settings that customers may change',
  recyclebin: 'What was released, and is kept for a while',
  terms: 'The commercial rules',
  order: 'What is bought in advance',
  classes: 'What can be bought: sizes, ceilings and prices',
  prices: 'What things cost',
  account: 'Who pays',
  contact: 'Who is told for an account',
  notice: 'What the vendor tells, and what follows from it',
  violation: 'What the customer promised not to do',
  complaint: 'What others say of an instance',
  abuse: 'Unreasonable load, level by level',
  attack: 'Attacks on an instance',
  outage: 'Faults and other troubles',
  claim: 'What the vendor pays for having been unavailable',
  maintenance: 'Short suspensions, in the window of an instance',
  workorder: 'Questions and faults that customers report',
  application: 'A small client to look at',
  clock: 'Virtual time',
  checkpoint: 'The whole world at one moment, to go back to',
};

export function createProgram(): Command {
  const program = new Command('frostgate')
    .description('Managed Redis instances, simulated: a real Redis that freezes on arrears.')
    .version(VERSION)
    .exitOverride()
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for what it takes)');
  addUp(program);
  addExec(program);
  addPlay(program);
  addDemo(program);
  for (const action of Object.values(ACTIONS)) addAction(program, action);
  addFileChecks((noun) => nounOf(program, noun));
  addEnv(program);
  return program;
}

function addUp(program: Command): void {
  const command = program
    .command('up')
    .description('Start a simulator and keep it running until Ctrl-C.')
    .option(
      '--classes <file>',
      'add the instance classes of this file (schemas/classes.schema.json)',
    )
    .option('--demo', 'create an instance at the start where there is none')
    .option('--install-engine', 'install redis-server with apt-get where no engine is found')
    .option('--json', 'print one JSON object when ready');
  for (const { flag, description, initial, env } of SETTINGS) {
    const shown = initial === '' ? `[${env}]` : `[${env}, ${initial}]`;
    command.option(flag, `${description} ${shown}`);
  }
  command.action(async (options: Flags) => {
    // Everything that runs a simulator takes longer to load than the other commands take to run.
    const { up } = await import('./up.js');
    await up(options);
  });
}

/** The command's own flags are its own, with or without the dashes before it. */
function addExec(program: Command): void {
  const command = program
    .command('exec')
    .description('Run a command with a simulator and an instance of its own, and end as it ends.')
    .argument('[command...]', 'the command with its arguments, behind two dashes')
    .usage('[options] -- command...')
    .passThroughOptions();
  for (const { flag, description, env, field } of SETTINGS) {
    if (field !== 'dataDir') command.option(flag, `${description} [${env}]`);
  }
  command.action(async (args: string[], options: Flags) => {
    const { commandOf, exec } = await import('./exec.js');
    await exec(commandOf(args), options);
  });
}

function addEnv(program: Command): void {
  program
    .command('env')
    .description(
      'Print the environment of a running simulator for a shell: eval "$(frostgate env)"',
    )
    .argument('[id]', 'of the instance that REDIS_URL leads to; the first one by default')
    .option('--json', 'print it as an object')
    .option('--url <address>', 'the simulator [FROSTGATE_URL, http://127.0.0.1:7480]')
    .option('--token <token>', 'its token, where it wants one [FROSTGATE_TOKEN]')
    .action((id: string | undefined, options: Flags) => printEnvironment(id, options));
}

/** `instance create` is the command `create` of the noun `instance`. */
function addAction(program: Command, action: Action): void {
  const [noun = '', verb] = action.cli.command.split(' ');
  const parent = verb === undefined ? program : nounOf(program, noun);
  const command = parent.command(verb ?? noun).description(action.summary);
  const fields = action.input.properties as Readonly<Record<string, Field>>;
  const positional = action.cli.positional ?? [];
  const required = requiredFields(action.input);
  for (const name of positional) {
    const isOptional = !required.includes(name);
    command.argument(isOptional ? `[${name}]` : `<${name}>`, described(fields[name]));
  }
  if (isFile(action.output)) addTarget(command);
  for (const [name, field] of Object.entries(fields)) {
    if (!positional.includes(name)) command.addOption(optionOf(name, field));
  }
  const follower = FOLLOWERS[action.name];
  if (follower) command.option('--follow', follower.description);
  if (action.cli.interruptible) {
    command.option('--progress', 'with --json: lines of JSON on stderr that tell how far it is');
  }
  command
    .option('--json', 'print what the API answers')
    .option('--url <address>', 'the simulator [FROSTGATE_URL, http://127.0.0.1:7480]')
    .option('--token <token>', 'its token, where it wants one [FROSTGATE_TOKEN]')
    .action(async (...args: unknown[]) => {
      const options = args.at(-2) as Flags;
      const values = positional.map((name, index) => [name, args[index]]);
      const flags = Object.keys(fields)
        .filter((name) => !positional.includes(name))
        .map((name) => [name, options[name]]);
      const target = isFile(action.output) ? args[positional.length] : undefined;
      const input = Object.fromEntries([...values, ...flags]) as object;
      await carryOut(action, options, input, target as string | undefined);
    });
}

async function carryOut(
  action: Action,
  options: Flags,
  input: object,
  target: string | undefined,
): Promise<void> {
  const config = clientConfigOf(options);
  const client = connectTo(config);
  const asJson = Boolean(options.json);
  const follower = options.follow ? FOLLOWERS[action.name] : undefined;
  if (follower && asJson) return follower.follow(config, input, true, 0);
  const name = (action.name.charAt(0).toLowerCase() + action.name.slice(1)) as keyof ActionClient;
  const call = client[name] as Call;
  const given = await withStructures(action, input);
  if (isList(action)) {
    const last = await printList(action, call, given, asJson);
    await follower?.follow(config, input, false, last);
    return;
  }
  const work = () => withProgress(client, progressKind(action, options), () => call(given));
  const answer = await (action.cli.interruptible ? interruptible(client, work) : work());
  if (isFile(action.output)) {
    await withProgress(client, progressKind(action, options), () =>
      saveTo(target, answer as Readable, asJson),
    );
  } else if (asJson) console.log(JSON.stringify(answer, null, 2));
  else {
    if (action.cli.interruptible) await tellJourney(client, answer as Journey);
    const own = action.cli.interruptible
      ? renderMore(action.name, answer)
      : render(action.name, answer);
    if (own !== null) console.log(own);
  }
  await follower?.follow(config, input, false, 0);
}

function progressKind({ cli }: Action, { json, progress }: Flags): ProgressKind {
  if (json) return progress ? 'json' : 'none';
  if (process.stderr.isTTY) return 'redrawn';
  return cli.interruptible ? 'lines' : 'none';
}

interface Journey {
  readonly clock: ClockView;
  readonly events: readonly EventView[];
}

/** The answer has the first events of the way; the story has all of them. */
async function tellJourney(client: ActionClient, { clock, events }: Journey): Promise<void> {
  const [first] = events;
  if (first) await printJourney(client, first.seq - 1, clock.now);
  else console.log('nothing became due');
  console.log(render('GetClock', clock));
}

function nounOf(program: Command, noun: string): Command {
  const known = program.commands.find((command) => command.name() === noun);
  if (known) return known;
  const description = NOUNS[noun];
  if (description === undefined) throw new Error(`the noun "${noun}" is not described in NOUNS`);
  return program.command(noun).description(description);
}

function optionOf(name: string, field: Field): Option {
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  // What is so by default is turned off.
  const isOn = field.type === 'boolean' && field.default === true;
  if (isOn) return new Option(flag.replace('--', '--no-'), described(field));
  if (field.type === 'boolean') return new Option(flag, described(field));
  return new Option(`${flag} <value>`, described(field));
}

/** What it is, what there is to choose from, and what it is where nobody says. */
function described({ description = '', enum: choices, default: initial }: Field = {}): string {
  const all = choices === undefined ? '' : `: ${choices.join(', ')}`;
  const isTold = initial !== undefined && initial !== '' && initial !== false;
  return `${description}${all}${isTold ? ` [${String(initial)}]` : ''}`;
}

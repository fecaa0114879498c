/** Random pipelines in random pieces: all that is not refused arrives as it was sent. */
import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { CommandTable, type CommandEntry } from '../../../src/server/command-table.js';
import { RequestFramer } from '../../../src/server/resp/request-framer.js';
import { command } from '../../support/raw-client.js';
import { cutAt } from '../../support/splits.js';

const NAMES = ['get', 'set', 'ping', 'config', 'config|get', 'config|set'] as const;
type Name = (typeof NAMES)[number];

function row(name: Name, subcommands: readonly ('config|get' | 'config|set')[] = []) {
  return {
    name,
    arity: -1,
    write: false,
    read: false,
    noAuth: false,
    subcommands: subcommands.map((inner) => ({
      name: inner,
      arity: -2,
      write: false,
      read: false,
      noAuth: false,
      subcommands: [],
    })),
  };
}

const TABLE = new CommandTable(
  [row('get'), row('set'), row('ping'), row('config', ['config|get', 'config|set'])],
  {},
);
const REPLACEMENT = Buffer.from('*1\r\n$1\r\n!\r\n');

interface Item {
  readonly bytes: Buffer;
  /** What the gate is to be asked; null for what is no command. */
  readonly asked: string | null;
}

const anyCase = (word: string): fc.Arbitrary<Buffer> =>
  fc
    .array(fc.boolean(), { minLength: word.length, maxLength: word.length })
    .map((upper) =>
      Buffer.from(
        upper.map((isUpper, i) => (isUpper ? word.toUpperCase() : word).charAt(i)).join(''),
      ),
    );
const binary = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes));
const tricky = fc
  .constantFrom('', '\r\n', '*1\r\n', '$3\r\nSET\r\n', 'SET a 1\r\n', '\n', '"', ' ')
  .map((text) => Buffer.from(text));
const argument = fc.oneof(binary, tricky);
const word = fc.oneof(
  fc.constantFrom('get', 'set', 'ping', 'config', 'nope').chain(anyCase),
  argument,
);

const args = fc
  .tuple(word, fc.array(fc.oneof({ weight: 1, arbitrary: word }, argument), { maxLength: 4 }))
  .map(([first, rest]) => [first, ...rest]);

const inRespForm = args.map((list): Item => ({ bytes: command(...list), asked: askedOf(list) }));

const inline = fc
  .tuple(
    args,
    fc.constantFrom(' ', '  ', '\t', ' \v'),
    fc.constantFrom('\r\n', '\n'),
    fc.constantFrom<(bytes: Buffer) => string>(inDoubleQuotes, inHex),
  )
  .map(([list, blank, lineEnd, quote]): Item => {
    const text = list.map(quote).join(blank) + lineEnd;
    return { bytes: Buffer.from(text, 'latin1'), asked: askedOf(list) };
  });

const nothing = fc
  .constantFrom('\r\n', '\n', ' \r\n', '*0\r\n', '*-1\r\n')
  .map((text): Item => ({ bytes: Buffer.from(text), asked: null }));

const pipeline = fc.array(fc.oneof({ weight: 4, arbitrary: inRespForm }, inline, nothing), {
  maxLength: 12,
});
const cuts = fc.array(fc.nat(400), { maxLength: 30 });

/** Independently of the table: by comparing lower-case names. */
function askedOf(list: readonly Buffer[]): string {
  const [first, second] = list.map((arg) => arg.toString('latin1').toLowerCase());
  let name = NAMES.find((known) => known === first) ?? '?';
  if (first === 'config')
    name = NAMES.find((known) => known === `config|${String(second)}`) ?? name;
  return `${name}/${String(list.length)}`;
}

function inDoubleQuotes(bytes: Buffer): string {
  const escaped: Record<string, string> = { '"': '\\"', '\\': '\\\\', '\n': '\\n', '\0': '\\x00' };
  return `"${bytes.toString('latin1').replace(/["\\\n\0]/g, (c) => escaped[c] ?? c)}"`;
}

function inHex(bytes: Buffer): string {
  return `"${[...bytes].map((b) => `\\x${b.toString(16).padStart(2, '0')}`).join('')}"`;
}

function run(pieces: readonly Buffer[], refused: ReadonlySet<string>) {
  const sent: Buffer[] = [];
  const asked: string[] = [];
  const framer = new RequestFramer<CommandEntry>(() => TABLE, {
    decide(entry, argumentCount) {
      const name = entry?.row.name ?? '?';
      asked.push(`${name}/${String(argumentCount)}`);
      return refused.has(name) ? REPLACEMENT : null;
    },
    send: (bytes) => sent.push(Buffer.from(bytes)),
  });
  for (const piece of pieces) framer.push(piece);
  return { sent: Buffer.concat(sent), asked };
}

describe('any pipeline, cut anywhere', () => {
  test('arrives byte by byte as it was sent when nothing is refused', () => {
    fc.assert(
      fc.property(pipeline, cuts, (items, places) => {
        const bytes = Buffer.concat(items.map((item) => item.bytes));
        const { sent, asked } = run(cutAt(bytes, places), new Set());
        expect(sent.equals(bytes)).toBe(true);
        expect(asked).toEqual(items.map((item) => item.asked).filter((name) => name !== null));
      }),
      { numRuns: 1500 },
    );
  });

  test('arrives with exactly the refused commands replaced', () => {
    fc.assert(
      fc.property(pipeline, cuts, fc.subarray([...NAMES, '?']), (items, places, refused) => {
        const names = new Set<string>(refused);
        const isRefused = ({ asked }: Item) =>
          asked !== null && names.has(asked.split('/')[0] ?? '');
        const bytes = Buffer.concat(items.map((item) => item.bytes));
        const expected = items.map((item) => (isRefused(item) ? REPLACEMENT : item.bytes));
        const { sent } = run(cutAt(bytes, places), names);
        expect(sent.equals(Buffer.concat(expected))).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });
});

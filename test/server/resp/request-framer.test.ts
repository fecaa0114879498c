import { describe, expect, test } from 'vitest';
import { CommandTable, type CommandEntry } from '../../../src/server/command-table.js';
import type { CommandRow } from '../../../src/server/index.js';
import { RequestFramer } from '../../../src/server/resp/request-framer.js';
import { command } from '../../support/raw-client.js';
import { byteByByte, everySplit } from '../../support/splits.js';

function row(name: string, write: boolean, subcommands: readonly CommandRow[] = []): CommandRow {
  return { name, arity: -1, write, read: !write, noAuth: false, subcommands };
}

const TABLE = new CommandTable(
  [
    row('get', false),
    row('set', true),
    row('ping', false),
    row('config', false, [row('config|get', false), row('config|set', true)]),
  ],
  {},
);
const REFUSED = Buffer.from('*1\r\n$7\r\nREFUSED\r\n');

interface Outcome {
  /** What reaches Redis. */
  readonly sent: string;
  /** What the gate was asked: name and number of arguments. */
  readonly asked: string[];
}

/** Refuses writes. */
function run(pieces: readonly Buffer[]): Outcome {
  const sent: Buffer[] = [];
  const asked: string[] = [];
  const framer = new RequestFramer<CommandEntry>(() => TABLE, {
    decide(entry, argumentCount) {
      asked.push(`${entry?.row.name ?? '?'}/${String(argumentCount)}`);
      return entry?.row.write ? REFUSED : null;
    },
    send: (bytes) => sent.push(Buffer.from(bytes)),
  });
  for (const piece of pieces) framer.push(piece);
  return { sent: Buffer.concat(sent).toString('latin1'), asked };
}

function expectAtEverySplit(input: Buffer | string, expected: Outcome): void {
  const bytes = Buffer.from(input);
  for (const pieces of everySplit(bytes)) expect(run(pieces)).toEqual(expected);
}

const GET = command('GET', 'a');
const SET = command('SET', 'a', '1');

describe('what passes', () => {
  test.each<[string, string | Buffer, string[]]>([
    ['one command', GET, ['get/2']],
    ['a pipeline', Buffer.concat([GET, GET, command('PING')]), ['get/2', 'get/2', 'ping/1']],
    ['an unknown command', command('NOPE', 'a'), ['?/2']],
    ['binary arguments', command('GET', Buffer.from([0, 13, 10, 42, 36, 255])), ['get/2']],
    ['an argument that looks like a command', command('GET', SET), ['get/2']],
    ['an empty argument', command('GET', ''), ['get/2']],
    ['an empty name', command('', 'a'), ['?/2']],
    ['a subcommand', command('config', 'GET', 'a'), ['config|get/3']],
    ['an unknown subcommand', command('CONFIG', 'NOPE'), ['config/2']],
    ['a container alone', command('CONFIG'), ['config/1']],
    ['a name longer than any', command('x'.repeat(65), 'a'), ['?/2']],
    ['a subcommand longer than any', command('CONFIG', 'x'.repeat(65), 'a'), ['config/3']],
    ['commands without arguments', '*0\r\n*-1\r\n*-10\r\n', []],
    ['empty lines', '\r\n\n \t\r\n', []],
    ['an inline command', 'get a\r\n', ['get/2']],
    ['an inline command that ends in LF alone', 'PING\n', ['ping/1']],
    ['an inline subcommand', 'CONFIG GET a\r\n', ['config|get/3']],
    ['inline and not in turn', `PING\r\n${GET.toString()}ping\r\n`, ['ping/1', 'get/2', 'ping/1']],
    ['a command whose end is still to come', '*3\r\n$3\r\nGET\r\n$1\r\n', ['get/3']],
  ])('%s: the same bytes, at every split', (_, input, asked) => {
    expectAtEverySplit(input, { sent: Buffer.from(input).toString('latin1'), asked });
  });

  test('goes on at once: of a value nothing is held, however it is cut', () => {
    let sent = 0;
    const framer = new RequestFramer<CommandEntry>(() => TABLE, {
      decide: () => null,
      send: (bytes) => (sent += bytes.length),
    });
    const bytes = command('GET', Buffer.alloc(100_000, '\r\n*1\r\n$3'));
    for (let at = 0; at < bytes.length; at += 1000) {
      const piece = bytes.subarray(at, at + 1000);
      framer.push(piece);
      expect(sent).toBe(Math.min(at + 1000, bytes.length));
    }
  });
});

describe('what is refused', () => {
  const refused = REFUSED.toString();

  test.each<[string, string | Buffer, string, string[]]>([
    ['one command', SET, refused, ['set/3']],
    [
      'one of a pipeline',
      Buffer.concat([GET, SET, GET]),
      `${GET.toString()}${refused}${GET.toString()}`,
      ['get/2', 'set/3', 'get/2'],
    ],
    ['several in a row', Buffer.concat([SET, SET, SET]), refused.repeat(3), Array(3).fill('set/3')],
    ['in any case', command('sEt', 'a', '1'), refused, ['set/3']],
    ['without arguments', command('SET'), refused, ['set/1']],
    ['a value that looks like commands', command('SET', 'a', GET), refused, ['set/3']],
    ['an empty value', command('SET', '', ''), refused, ['set/3']],
    ['a subcommand', command('Config', 'sEt', 'a', 'b'), refused, ['config|set/4']],
    ['an inline command', 'set a 1\r\n', refused, ['set/3']],
    ['a quoted inline command', '"\\x73et" \'a b\' "1"\n', refused, ['set/3']],
    ['an inline subcommand', ' config  set a b\r\n', refused, ['config|set/4']],
    [
      'inline between others',
      `PING\r\nSET a 1\r\nPING\r\n`,
      `PING\r\n${refused}PING\r\n`,
      ['ping/1', 'set/3', 'ping/1'],
    ],
  ])('%s: exactly that is replaced, at every split', (_, input, sent, asked) => {
    expectAtEverySplit(input, { sent, asked });
  });

  test('is replaced when its head is there: a long value is not waited for', () => {
    const { sent } = run([SET.subarray(0, SET.length - 4)]);
    expect(sent).toBe(refused);
  });
});

/** tests/unit/protocol.tcl of Redis. What Redis answers to these is compared in differential.test.ts. */
describe('a protocol error', () => {
  const OPENED = '*3\r\n$3\r\nGET\r\n';
  const AFTER = Buffer.concat([SET, GET]);

  // Input, the part of it that Redis must see to complain, and what the gate is asked.
  test.each<[string, string, string, string[]]>([
    ['out of range multibulk length', '*3000000000\r\n', '*3000000000', []],
    ['wrong multibulk length', '*x\r\n', '*x', []],
    ['endless multibulk length', `*${'1'.repeat(40)}\r\n`, `*${'1'.repeat(21)}`, []],
    ['wrong payload header', `${OPENED}$1\r\nx\r\nfoo\r\n`, `${OPENED}$1\r\nx\r\nf`, ['get/3']],
    ['wrong header of the name', '*1\r\nfoo\r\n', '*1\r\nf', []],
    ['negative payload length', `${OPENED}$-10\r\n`, `${OPENED}$-10`, ['get/3']],
    ['negative length of the name', '*1\r\n$-10\r\n', '*1\r\n$-10', []],
    ['non-number payload length', `${OPENED}$blabla\r\n`, `${OPENED}$b`, ['get/3']],
    ['unbalanced quotes', 'GET "a\r\n', 'GET "a', []],
  ])('%s: Redis sees it, and nothing behind it', (_, input, needed, asked) => {
    for (const pieces of everySplit(Buffer.concat([GET, Buffer.from(input), AFTER]))) {
      const outcome = run(pieces);
      expect(outcome.asked).toEqual(['get/2', ...asked]);
      const passed = outcome.sent.slice(GET.length);
      expect(passed.slice(0, needed.length)).toBe(needed);
      expect(passed.slice(-2)).toBe('\r\n');
      expect(input.slice(0, passed.length - 2)).toBe(passed.slice(0, -2));
    }
  });

  test('an out of range payload length is for Redis to judge: its limit can be set', () => {
    const input = '*3\r\n$3\r\nGET\r\n$2000000000\r\n';
    expectAtEverySplit(input, { sent: input, asked: ['get/3'] });
  });

  test('in a refused command still reaches Redis, as the error that it is', () => {
    const input = Buffer.from('*3\r\n$3\r\nSET\r\n$1\r\na\r\n$-5\r\nGET a\r\n');
    expectAtEverySplit(input, { sent: `${REFUSED.toString()}*1\r\n$-5\r\n`, asked: ['set/3'] });
  });

  test('is passed on whole without waiting for a line end that Redis would wait for', () => {
    // A line feed alone ends no header: Redis waits for CR.
    const { sent } = run([Buffer.from('*1\r\nfoo\nbar'), Buffer.from('baz\r\n'), SET]);
    expect(sent).toMatch(/^\*1\r\nfoo[^\r]*\r\n$/);
  });
});

describe('a line without an end', () => {
  test('is held while it may become an inline command that Redis takes', () => {
    const line = Buffer.from(`SET a ${'x'.repeat(64_000)}`);
    expect(run([line]).sent).toBe('');
    expect(run([line, Buffer.from('\r\n')]).sent).toBe(REFUSED.toString());
    expect(run([...byteByByte(line), Buffer.from('\r\n')]).sent).toBe(REFUSED.toString());
  });

  test.each([1, 1000, 16_384, 120_000])(
    'never gets one when it is too long, or Redis might take it for a command (pieces of %i)',
    (size) => {
      const line = Buffer.from(`SET a ${'x'.repeat(119_000)}\r\nSET a 1\r\n`);
      const pieces: Buffer[] = [];
      for (let at = 0; at < line.length; at += size) pieces.push(line.subarray(at, at + size));
      const { sent } = run(pieces);
      if (size === 120_000) {
        // It came whole: decided as any other.
        expect(sent).toBe(REFUSED.toString().repeat(2));
        return;
      }
      expect(sent.length).toBeGreaterThan(80 * 1024);
      expect(sent).not.toContain('\n');
      expect(line.toString().startsWith(sent)).toBe(true);
    },
  );
});

import { describe, expect, test } from 'vitest';
import { CommandTable } from '../../src/server/command-table.js';
import type { CommandRow } from '../../src/server/index.js';

function row(name: string, subcommands: readonly CommandRow[] = []): CommandRow {
  return { name, arity: -1, write: false, read: false, noAuth: false, subcommands };
}

function find(table: CommandTable, name: string): string | undefined {
  const bytes = Buffer.from(`before${name}after`, 'latin1');
  return table.find(bytes, 6, 6 + Buffer.byteLength(name, 'latin1'))?.row.name;
}

describe('the command table', () => {
  const config = row('config', [row('config|get'), row('config|set')]);
  const table = new CommandTable([row('get'), row('set'), row('geo'), row('getdel'), config], {});

  test.each(['get', 'GET', 'gEt'])('finds %s whatever its case', (name) => {
    expect(find(table, name)).toBe('get');
  });

  test('tells commands of the same length and first letter apart', () => {
    expect(find(table, 'geo')).toBe('geo');
    expect(find(table, 'gex')).toBeUndefined();
  });

  test.each(['', 'g', 'ge', 'gett', 'GET ', 'G\x05T', 'G\xc5T', '\x47\x45\x14'])(
    'does not take %j for a command',
    (name) => {
      expect(find(table, name)).toBeUndefined();
    },
  );

  test('does not take a byte that differs from a letter in the case bit for that letter', () => {
    const odd = new CommandTable([row('a{b'), row('a@c')], {});
    expect(find(odd, 'a[b')).toBeUndefined();
    expect(find(odd, 'a`c')).toBeUndefined();
    expect(find(odd, 'A{B')).toBe('a{b');
  });

  test('finds the commands of modules, which Redis lists in the case they were registered in', () => {
    expect(find(new CommandTable([row('FT.SEARCH')], {}), 'ft.Search')).toBe('FT.SEARCH');
  });

  test('finds a subcommand in its container only', () => {
    const bytes = Buffer.from('SET');
    const container = table.find(Buffer.from('Config'), 0, 6);
    const inner = container && table.subcommandsOf(container);
    expect(inner?.find(bytes, 0, 3)?.row.name).toBe('config|set');
    expect(table.find(bytes, 0, 3)?.row.name).toBe('set');
    const get = table.find(Buffer.from('get'), 0, 3);
    expect(get && table.subcommandsOf(get)).toBeUndefined();
  });

  test('knows which commands are not open, and with which words', () => {
    const closed = new CommandTable([row('save'), config], { 'config|set': 'no set', save: 'no' });
    expect(closed.find(Buffer.from('SAVE'), 0, 4)?.notOpen).toBe('no');
    const container = closed.find(Buffer.from('config'), 0, 6);
    expect(container?.notOpen).toBeNull();
    const inner = container && closed.subcommandsOf(container);
    expect(inner?.find(Buffer.from('SET'), 0, 3)?.notOpen).toBe('no set');
    expect(inner?.find(Buffer.from('GET'), 0, 3)?.notOpen).toBeNull();
  });

  test('a container that is not open closes all its subcommands', () => {
    const closed = new CommandTable([config], { config: 'no', 'config|set': 'no set' });
    const container = closed.find(Buffer.from('config'), 0, 6);
    const inner = container && closed.subcommandsOf(container);
    expect(inner?.find(Buffer.from('get'), 0, 3)?.notOpen).toBe('no');
    expect(inner?.find(Buffer.from('set'), 0, 3)?.notOpen).toBe('no set');
  });
});

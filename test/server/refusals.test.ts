import { describe, expect, test } from 'vitest';
import { WORDS } from '../support/endpoint-spec.js';
import { errorLine, refusalCommand, refusalLine } from '../../src/server/refusals.js';

const NOREPLICAS = 'NOREPLICAS Not enough good replicas to write.';

function rewritten(line: string, backendRefusal = 'NOWRITE frozen'): string | undefined {
  return refusalLine(Buffer.from(`${line}\r\n`), WORDS, backendRefusal)?.toString();
}

/** As Redis answers an unknown command (server.c, commandCheckExistence). */
function complaintAbout(command: Buffer, quotes = "''"): string {
  const name = command.toString().split('\r\n')[2] ?? '';
  return `-ERR unknown command ${quotes[0] ?? ''}${name}${quotes[1] ?? ''}, with args beginning with: `;
}

describe('a refusal', () => {
  test('is a command of one argument that Redis does not know, the same for the same line', () => {
    const one = refusalCommand('ERR one');
    expect(one.toString()).toMatch(/^\*1\r\n\$(\d+)\r\nrefused-[0-9a-f]{24}-\d+\r\n$/);
    expect(refusalCommand('ERR one')).toBe(one);
    expect(refusalCommand('ERR two').equals(one)).toBe(false);
  });

  test.each(["''", '``', '""'])('is recognised in the quotes %s', (quotes) => {
    const lines = ['ERR one', 'ERR two'].map((line) =>
      rewritten(complaintAbout(refusalCommand(line), quotes)),
    );
    expect(lines).toEqual(['-ERR one\r\n', '-ERR two\r\n']);
  });

  test('is not seen in what only looks like one', () => {
    const mine = complaintAbout(refusalCommand('ERR one'));
    expect(rewritten(mine.replace('refused-', 'refused-0'))).toBeUndefined();
    expect(rewritten(mine.replace(/-\d+',/, "-99999',"))).toBeUndefined();
    expect(rewritten(`-ERR said: ${mine.slice(1)}`)).toBeUndefined();
    expect(rewritten("-ERR unknown command 'foo', with args beginning with: ")).toBeUndefined();
    expect(rewritten('-ERR')).toBeUndefined();
  });

  test("stands in place of Redis' own words wherever these stand in an error", () => {
    expect(rewritten(`-${NOREPLICAS}`)).toBe('-NOWRITE frozen\r\n');
    expect(rewritten(`-EXECABORT Transaction discarded because of: ${NOREPLICAS}`)).toBe(
      '-EXECABORT Transaction discarded because of: NOWRITE frozen\r\n',
    );
    expect(rewritten(`-${NOREPLICAS} script: f, on @user_script:1.`)).toBe(
      '-NOWRITE frozen script: f, on @user_script:1.\r\n',
    );
  });

  test('passes the other bytes of the line as they are, also where they are no text', () => {
    const line = Buffer.concat([
      Buffer.from(`-${NOREPLICAS} `),
      Buffer.from([0xff, 0xfe, 0x0d, 0x0a]),
    ]);
    const expected = Buffer.concat([Buffer.from('-X '), Buffer.from([0xff, 0xfe, 0x0d, 0x0a])]);
    expect(refusalLine(line, WORDS, 'X')).toEqual(expected);
  });

  test.each(['words $& $1 $$', 'gefroren: bezahlen Sie für März'])('may say %s', (words) => {
    expect(errorLine(words).toString()).toBe(`-${words}\r\n`);
    expect(rewritten(`-${NOREPLICAS}`, words)).toBe(`-${words}\r\n`);
    expect(rewritten(complaintAbout(refusalCommand(words)))).toBe(`-${words}\r\n`);
  });

  test('is always one line, or a client would read two replies', () => {
    expect(errorLine('a\r\nb\nc').toString()).toBe('-a  b c\r\n');
    expect(rewritten(complaintAbout(refusalCommand('a\r\n+OK')))).toBe('-a  +OK\r\n');
    expect(rewritten(`-${NOREPLICAS}`, 'a\r\n+OK')).toBe('-a  +OK\r\n');
  });
});

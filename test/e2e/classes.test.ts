/** Own classes, ceilings and the ladder from the command line, over a restart. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { frostgate, frostgateAt } from '../support/cli.js';
import { SimulatorProcess } from '../support/simulator-process.js';
import { temporaryDirectory } from '../support/simulator.js';

const TINY = {
  classes: [
    { name: 'tiny', extends: 'redis.master.micro.default', memory: 16, pricePerHour: '0.01' },
  ],
};

test('a class from a file is checked, taken at the start, bought, bounded, and there again after a restart', async () => {
  await using temporary = await temporaryDirectory();
  const directory = temporary.path;
  const file = join(directory, 'classes.json');
  writeFileSync(file, JSON.stringify({ classes: [{ ...TINY.classes[0], memory: 0 }] }));
  const wrong = await frostgate(['classes', 'check', file]);
  expect([wrong.code, wrong.stdout.trim()]).toEqual([
    1,
    'classes.0.memory: 0 is not possible. It must be >= 1',
  ]);
  const where = ['--engine', 'process', '--data-dir', join(directory, 'data'), '--api-port', '0'];
  const clock = ['--rate', '0'];
  {
    await using refused = new SimulatorProcess([...where, ...clock, '--classes', file]);
    await expect(refused.ready()).rejects.toThrow(/these instance classes are not possible/);
  }
  writeFileSync(file, JSON.stringify(TINY));
  expect((await frostgate(['classes', 'check', file])).code).toBe(0);
  const id = await (async () => {
    await using running = new SimulatorProcess([...where, ...clock, '--classes', file]);
    const cli = frostgateAt((await running.ready()).apiUrl);
    expect((await cli('classes', 'show', 'tiny')).stdout).toMatch(/memory +16 MB +a file/);
    await cli('instance', 'create', '--instance-class', 'tiny');
    await cli('instance', 'ceilings', 'r-1', '--bandwidth', '2', '--connections', 'off');
    await cli('meters', 'inject', 'r-1', 'CpuUsage=99', '--for', '3d');
    await cli('clock', 'advance', '2h');
    const { stdout } = await cli('instance', 'show', 'r-1');
    expect(stdout).toMatch(
      /ceilings +memory 16 MB; connections off; .*bandwidth 2 MB\/s \(by hand\)/,
    );
    expect(stdout).toMatch(/abuse: cpu +excessive, .* injected; next: abusive at /);
    expect((await cli('instance', 'plan', 'r-1')).stdout).toContain('r-1 is suspended: an unr');
    const answered = await cli('abuse', 'answer', 'ab-1', '--text', 'it is over');
    expect(answered.stdout).toContain('answered');
    const refused = await cli('instance', 'ceilings', 'r-1', '--memory', '1');
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('memory: is not a ceiling, got "1". Give a whole number from 8'),
    ]);
    return /instanceClass +(tiny-\w+)/.exec(stdout)?.[1];
  })();
  await using again = new SimulatorProcess([...where, ...clock]);
  const { apiUrl, instances } = await again.ready();
  expect(instances.map(({ instanceClass }) => instanceClass)).toEqual([id]);
  const { stdout } = await frostgateAt(apiUrl)('abuse', 'list', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    abuse: [{ meter: 'cpu', level: 'excessive', answer: 'it is over', injected: true }],
  });
});

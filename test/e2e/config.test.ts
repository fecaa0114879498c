import { expect, test } from 'vitest';
import { clientConfigOf, configOf, SETTINGS, wantsColour } from '../../src/config.js';
import { keepToken } from '../../src/token-file.js';
import { frostgate } from '../support/cli.js';
import { simulator, temporaryDirectory } from '../support/simulator.js';

test('what nobody says is built in', () => {
  expect(configOf({}, {})).toMatchObject({
    engine: 'auto',
    dockerImage: 'redis:7.2',
    dataDir: '.frostgate',
    apiHost: '127.0.0.1',
    apiPort: 7480,
    token: undefined,
    host: '127.0.0.1',
    ports: { from: 6400, to: 6499 },
    rate: undefined,
    clockStart: undefined,
    openingBalance: 100_000_000n,
    external: [],
    allowedHosts: [],
  });
});

test('a flag wins over the environment, and that over what is built in', () => {
  const env = { FROSTGATE_PORTS: '7000-7009', FROSTGATE_RATE: '60', FROSTGATE_ENGINE: 'docker' };
  const flags = { ports: '8000-8001', engine: 'process' };
  expect(configOf(flags, env)).toMatchObject({
    ports: { from: 8000, to: 8001 },
    engine: 'process',
    rate: 60,
    apiPort: 7480,
  });
});

test('a variable that is set to nothing is not set: compose files pass such on', () => {
  const empty = Object.fromEntries(SETTINGS.map(({ env }) => [env, '']));
  expect(configOf({}, { ...empty, FROSTGATE_URL: '' })).toEqual(configOf({}, {}));
  expect(clientConfigOf({}, { ...empty, FROSTGATE_URL: '' })).toEqual(clientConfigOf({}, {}));
});

test('lists are given by comma, instants and money as everywhere', () => {
  expect(
    configOf(
      {
        external: 'redis://a:6379, redis://b:6379',
        allowedHost: 'one.example,two.example,',
        clockStart: '2030-01-01T00:00:00Z',
        openingBalance: '0.5',
        rate: '0',
      },
      {},
    ),
  ).toMatchObject({
    external: ['redis://a:6379', 'redis://b:6379'],
    allowedHosts: ['one.example', 'two.example'],
    clockStart: Date.UTC(2030, 0, 1),
    openingBalance: 500_000n,
    rate: 0,
  });
});

test.each([
  ['engine', 'steam', '--engine: is no engine, got "steam". One of auto, docker, process'],
  ['apiPort', '70000', '--api-port: is not a port, got "70000". Give a number from 0 to 65535'],
  ['apiPort', '0x50', '--api-port: is not a port, got "0x50"'],
  ['ports', '6400', '--ports: is not a range of ports, got "6400". Give one such as 6400-6499'],
  ['ports', '6499-6400', '--ports: is not a range of ports, got "6499-6400"'],
  ['ports', '0-10', '--ports: is not a range of ports, got "0-10"'],
  ['rate', '-1', '--rate: is not a rate, got "-1". Give a number from 0 (frozen) to 1000000'],
  ['rate', ' ', '--rate: is not a rate, got " "'],
  ['rate', '1000001', '--rate: is not a rate, got "1000001"'],
  ['clockStart', 'yesterday', '--clock-start: is not an instant, got "yesterday". Give a date'],
  ['openingBalance', '-1', '--opening-balance: must not be negative, got "-1". Give an amount'],
  ['dataDir', '', '--data-dir: must not be empty, got ""'],
  ['apiHost', '', '--api-host: must not be empty, got ""'],
  ['host', ' ', '--host: must not be empty, got " "'],
])('a flag that cannot be is refused by its name: %s "%s"', (field, value, message) => {
  expect(() => configOf({ [field]: value }, {})).toThrow(message);
});

test('a variable that cannot be is refused by its name', async () => {
  expect(() => configOf({}, { FROSTGATE_PORTS: 'all' })).toThrow(
    'FROSTGATE_PORTS: is not a range of ports, got "all". Give one such as 6400-6499',
  );
  const { code, stderr } = await frostgate(['up'], { FROSTGATE_ENGINE: 'steam' });
  expect(code).toBe(2);
  expect(stderr).toBe(
    'error: FROSTGATE_ENGINE: is no engine, got "steam". One of auto, docker, process, external, fake\n',
  );
});

test.each([
  [{}, {}, 'http://127.0.0.1:7480'],
  [{}, { FROSTGATE_API_PORT: '8000' }, 'http://127.0.0.1:8000'],
  [{}, { FROSTGATE_API_HOST: '0.0.0.0' }, 'http://127.0.0.1:7480'],
  [{}, { FROSTGATE_API_HOST: '::1' }, 'http://[::1]:7480'],
  [{}, { FROSTGATE_API_PORT: '8000', FROSTGATE_URL: 'http://there:1' }, 'http://there:1'],
  [{ url: 'http://here:2/' }, { FROSTGATE_URL: 'http://there:1' }, 'http://here:2/'],
])('the command line finds its simulator: %o %o', (flags, env, url) => {
  expect(clientConfigOf(flags, env).url).toBe(url);
});

test.each([
  ['', 'kept'],
  ['http://127.0.0.1:7480/', 'kept'],
  ['http://localhost:7480', 'kept'],
  ['http://[::1]:7480/', 'kept'],
  ['http://LOCALHOST:07480', 'kept'],
  ['http://localhost:7481', undefined],
  ['http://localhost', undefined],
  ['http://there:7480', undefined],
  ['http://127.0.0.1:7480@there:7480', undefined],
  ['http://127.0.0.1.there:7480', undefined],
])('the token of this data directory goes to its own simulator only: "%s"', async (url, token) => {
  await using place = await temporaryDirectory();
  keepToken(place.path, 'kept');
  const env = { FROSTGATE_DATA_DIR: place.path, FROSTGATE_API_HOST: '0.0.0.0' };
  expect(clientConfigOf({}, { ...env, FROSTGATE_URL: url }).token).toBe(token);
  expect(clientConfigOf({ token: 'given' }, { ...env, FROSTGATE_URL: url }).token).toBe('given');
  const nowhere = { ...env, FROSTGATE_API_HOST: 'no host' };
  expect(clientConfigOf({ url: 'http://127.0.0.1:7480' }, nowhere).token).toBeUndefined();
});

test.each(['localhost:7480', 'https://here', 'http://a b', 'http://here/api', 'http://', 'x'])(
  'what is not the address of an API is refused: %s',
  (url) => {
    expect(() => clientConfigOf({ url }, {})).toThrow(
      `--url: is not the address of an API, got "${url}". Give one such as http://127.0.0.1:7480`,
    );
    expect(() => clientConfigOf({}, { FROSTGATE_URL: url })).toThrow('FROSTGATE_URL: is not the');
  },
);

test('there is colour on a terminal whose user did not say no', () => {
  expect(wantsColour({ isTTY: true }, {})).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '' })).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColour({}, {})).toBe(false);
});

test('instances that are created without a whitelist have the one of the settings', async () => {
  const { securityIps } = configOf({}, { FROSTGATE_SECURITY_IPS: '10.1.2.3/8, ::1' });
  await using sim = await simulator({ engine: 'fake', securityIps });
  expect((await sim.createInstance()).whitelist).toEqual(['10.0.0.0/8', '::1']);
  const own = await sim.createInstance({ securityIps: '192.168.0.1' });
  expect(own.whitelist).toEqual(['192.168.0.1']);
  expect(configOf({}, {}).securityIps).toEqual(['127.0.0.0/8', '::1']);
  expect(() => configOf({ securityIps: '10.0.0.0/33' }, {})).toThrow(
    '--security-ips: is no whitelist, got "10.0.0.0/33". "10.0.0.0/33" is not possible',
  );
});

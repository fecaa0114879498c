// What is asked of each target: a run of redis-benchmark, and what Frostgate has to reach of HAProxy's rate in it.
const KB = 1024;

/** What the median of the ratios has to reach, of the HAProxy that is best at it: see targets.mjs. */
export const BARS = {
  single: { of: 'haproxy', atLeast: 0.85 },
  pipelined: { of: 'haproxy', atLeast: 1 },
  large: { of: 'haproxy-64k', atLeast: 0.9 },
};

const scenario = (name, command, bytes, requests, bar, { clients = 50, pipeline = 1 } = {}) => ({
  name,
  command,
  bytes,
  requests,
  bar,
  clients,
  pipeline,
});

/** `requests` are such that a run takes about a second: shorter ones measure the start of redis-benchmark. */
export const SCENARIOS = [
  scenario('get', 'get', 3, 80_000, BARS.single),
  scenario('set', 'set', 3, 80_000, BARS.single),
  scenario('get-p16', 'get', 3, 500_000, BARS.pipelined, { pipeline: 16 }),
  scenario('set-p16', 'set', 3, 500_000, BARS.pipelined, { pipeline: 16 }),
  scenario('get-64k', 'get', 64 * KB, 20_000, BARS.large),
  scenario('get-c500', 'get', 3, 80_000, BARS.single, { clients: 500 }),
];

/** All of them, or those named. */
export function chosenScenarios(names) {
  const known = SCENARIOS.map(({ name }) => name);
  const unknown = (names ?? []).filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}: ${known.join(', ')}`);
  return SCENARIOS.filter(({ name }) => !names || names.includes(name));
}

/** `GET of 64 KB, 50 clients, P=1`. */
export function described({ command, bytes, clients, pipeline }) {
  const size = bytes < KB ? `${bytes} B` : `${bytes / KB} KB`;
  return `${command.toUpperCase()} of ${size}, ${clients} clients, P=${pipeline}`;
}

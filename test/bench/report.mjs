// From samples to what is printed: rates, ratios with their spread, and which bars hold.
import { shownMachine } from './machine.mjs';
import { described } from './scenarios.mjs';
import { ratiosOf, shownSpread, spreadOf } from './statistics.mjs';

/** What the others are compared with. */
const MEASURED = 'frostgate';
/** The same over TCP to the Redis of the others: compared with what the bar is of, for whoever wonders. */
const OVER_TCP = 'frostgate-tcp';

/**
 * `samples` is scenario -> target -> [{ rate, p50Ms, p99Ms }], one for each round.
 * A bar is null where it could not be judged: one of the two was not measured.
 */
export function figuresOf(scenarios, samples) {
  return scenarios.map((scenario) => {
    const byTarget = samples[scenario.name];
    const targets = Object.entries(byTarget).map(([name, runs]) => ({
      name,
      rate: spreadOf(runs.map(({ rate }) => rate)),
      costUs: runs.some(({ costUs }) => costUs === null) ? null : spreadOf(runs.map(costOf)),
      p50Ms: spreadOf(runs.map(({ p50Ms }) => p50Ms)),
      p99Ms: spreadOf(runs.map(({ p99Ms }) => p99Ms)),
    }));
    const ours = byTarget[MEASURED]?.map(({ rate }) => rate);
    const ratios = Object.entries(ours ? byTarget : {})
      .filter(([name]) => name !== MEASURED && name !== OVER_TCP)
      .map(([of, runs]) => ({
        of,
        ...spreadOf(
          ratiosOf(
            ours,
            runs.map(({ rate }) => rate),
          ),
        ),
      }));
    const found = ratios.find(({ of }) => of === scenario.bar.of);
    const overTcp =
      byTarget[OVER_TCP] && byTarget[scenario.bar.of]
        ? spreadOf(ratiosOf(...[OVER_TCP, scenario.bar.of].map((name) => ratesOf(byTarget[name]))))
        : null;
    const holds = found === undefined ? null : found.median >= scenario.bar.atLeast;
    return { scenario, targets, ratios, overTcp, bar: { ...scenario.bar, holds } };
  });
}

function costOf({ costUs }) {
  return costUs;
}

function ratesOf(runs) {
  return runs.map(({ rate }) => rate);
}

export function printReport(figures, { rounds, about }) {
  console.log(`${shownMachine(about)}; ${rounds} interleaved rounds; median (min to max)`);
  for (const { scenario, targets, ratios, overTcp, bar } of figures) {
    console.log(`\n${scenario.name}: ${described(scenario)}`);
    const width = Math.max(...targets.map(({ name }) => name.length));
    for (const { name, rate, costUs, p99Ms } of targets) {
      const cost = costUs ? `, ${shownSpread(costUs)} us of processor time a command` : '';
      const latency = `p99 ${shownSpread(p99Ms)} ms`;
      console.log(`  ${name.padEnd(width)}  ${shownSpread(rate, 0)}/s, ${latency}${cost}`);
    }
    for (const { of, ...ratio } of ratios) {
      const isBar = of === bar.of;
      const verdict = isBar ? `, bar ${bar.atLeast}: ${bar.holds ? 'holds' : 'DOES NOT HOLD'}` : '';
      console.log(`  ${MEASURED} is ${shownSpread(ratio)} of ${of}${verdict}`);
    }
    if (overTcp) console.log(`  ${OVER_TCP} is ${shownSpread(overTcp)} of ${bar.of}`);
  }
  const judged = figures.filter(({ bar }) => bar.holds !== null);
  const held = judged.filter(({ bar }) => bar.holds);
  console.log(`\n${held.length} of ${judged.length} bars hold`);
}

/** False where a bar was missed, or could not be judged. */
export function allHold(figures) {
  return figures.every(({ bar }) => bar.holds === true);
}

// Preloaded (`node --import`) into a Frostgate that is to count nothing of what passes: its threads, too, get another
// module in place of dist/server/traffic.js. The product has no such switch, since nobody but a benchmark wants one.
import { register } from 'node:module';

const HOOKS = `
  const COUNTERS = '/dist/server/traffic.js';
  const COUNTS_NOTHING = ${JSON.stringify(new URL('counts-nothing.mjs', import.meta.url).href)};
  export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    if (!found.url.endsWith(COUNTERS) || context.parentURL === COUNTS_NOTHING) return found;
    return { ...found, url: COUNTS_NOTHING };
  }
`;
register(`data:text/javascript,${encodeURIComponent(HOOKS)}`);

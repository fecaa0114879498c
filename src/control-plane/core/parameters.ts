/**
 * The settings that customers may change, and only through the API (clause 3.1.3.9;
 * "you can configure only the parameters listed"): the vendor's template of engine
 * 5.0, with its defaults and checking rules. Newer Redis takes the old names.
 */
import { DISABLED_COMMANDS } from './commands-not-open.js';
import type { Draft } from './draft.js';
import { SimulatorError } from './errors.js';
import { changeableInstance } from './instance-changes.js';
import type { Instance } from './world.js';

/** As it is told to people, and how a value is written, or null where it is none. */
interface Rule {
  readonly text: string;
  readonly written: (value: string) => string | null;
}

/** `redis` by a setting of Redis; `proxy` by what it lets pass; `nobody`: it is kept and shown, and nothing follows. */
type CarriedOutBy = 'redis' | 'proxy' | 'nobody';

export interface Parameter {
  readonly initial: string;
  readonly rule: Rule;
  readonly by: CarriedOutBy;
  readonly description: string;
}

function oneOf(...values: readonly string[]): Rule {
  return {
    text: `[${values.join('|')}]`,
    written: (value) => (values.includes(value) ? value : null),
  };
}

function between(from: number, to: number): Rule {
  const isWithin = (value: string) =>
    /^-?\d{1,15}$/.test(value) && Number(value) >= from && Number(value) <= to;
  return {
    text: `[${String(from)}-${String(to)}]`,
    written: (value) => (isWithin(value) ? String(Number(value)) : null),
  };
}

function matching(pattern: RegExp, text = pattern.source): Rule {
  return { text, written: (value) => (pattern.test(value) ? value.replace(/\s+/g, ' ') : null) };
}

const YES_NO = oneOf('yes', 'no');
const SIZE = between(0, 999_999_999_999_999);
/** Newer kernels take nearly any command; the template names these. */
const MAY_BE_DISABLED = 'flushall|flushdb|keys|hgetall|eval|evalsha|script';
const DISABLED = new RegExp(`^((${MAY_BE_DISABLED})(,(${MAY_BE_DISABLED}))*)?$`);

function redis(initial: string, rule: Rule, description: string): Parameter {
  return { initial, rule, by: 'redis', description };
}

function nobody(initial: string, rule: Rule, why: string): Parameter {
  return { initial, rule, by: 'nobody', description: `Has no effect here: ${why}` };
}

export const PARAMETERS: Readonly<Record<string, Parameter>> = {
  '#no_loose_check-whitelist-always': nobody('no', YES_NO, 'the whitelist is always checked'),
  [DISABLED_COMMANDS]: {
    initial: '',
    rule: matching(DISABLED, `(${MAY_BE_DISABLED}) by comma`),
    by: 'proxy',
    description: 'Commands that are not to be open, with their subcommands',
  },
  '#no_loose_sentinel-enabled': nobody('no', YES_NO, 'there is no Sentinel compatibility'),
  appendonly: nobody('yes', YES_NO, 'the engine decides whether data outlives a restart'),
  'client-output-buffer-limit pubsub': redis(
    '33554432 8388608 60',
    matching(/^\d{1,15}\s+\d{1,15}\s+\d{1,9}$/),
    'Hard limit, soft limit, and seconds of it, for answers that a subscriber does not read',
  ),
  'dynamic-hz': redis('yes', YES_NO, 'Background work follows the number of clients'),
  'hash-max-ziplist-entries': redis('512', SIZE, 'Up to so many fields a hash is kept compact'),
  'hash-max-ziplist-value': redis('64', SIZE, 'Up to so many bytes in each of them'),
  hz: redis('10', between(1, 500), 'How often a second background work is done'),
  'lazyfree-lazy-eviction': redis('no', YES_NO, 'Evicted values are freed in the background'),
  'lazyfree-lazy-expire': redis('yes', YES_NO, 'Expired values are freed in the background'),
  'lazyfree-lazy-server-del': redis(
    'yes',
    YES_NO,
    'Overwritten values are freed in the background',
  ),
  'list-compress-depth': redis(
    '0',
    between(0, 65_535),
    'Nodes at each end of a list that are not compressed',
  ),
  'list-max-ziplist-size': redis(
    '-2',
    between(-5, 99_999_999),
    'Elements of a node of a list, or its size class',
  ),
  'maxmemory-policy': redis(
    'volatile-lru',
    oneOf(
      ...['volatile-lru', 'allkeys-lru', 'volatile-random', 'allkeys-random'],
      ...['volatile-ttl', 'volatile-lfu', 'allkeys-lfu', 'noeviction'],
    ),
    'What is evicted when memory is full',
  ),
  // The template has ".*"; what Redis does not take would never come into effect.
  'notify-keyspace-events': redis(
    '',
    matching(/^[KEg$lshzxetmdnA]*$/),
    'Which keyspace events are published',
  ),
  'set-max-intset-entries': redis('512', SIZE, 'Up to so many numbers a set is kept compact'),
  'slowlog-log-slower-than': redis(
    '20000',
    between(10_000, 10_000_000),
    'Microseconds from which a command is slow',
  ),
  'slowlog-max-len': redis('1024', between(100, 10_000), 'How many slow commands are kept'),
  'stream-node-max-bytes': redis('4096', SIZE, 'Bytes of a node of a stream'),
  'stream-node-max-entries': redis('100', SIZE, 'Entries of a node of a stream'),
  timeout: redis(
    '0',
    between(0, 100_000),
    'Seconds after which an idle client is let go; 0: never',
  ),
  'zset-max-ziplist-entries': redis(
    '128',
    SIZE,
    'Up to so many members a sorted set is kept compact',
  ),
  'zset-max-ziplist-value': redis('64', SIZE, 'Up to so many bytes in each of them'),
};

/** What each parameter is for an instance. */
export function parametersOf(instance: Instance): Readonly<Record<string, string>> {
  const defaults = Object.entries(PARAMETERS).map(([name, { initial }]) => [name, initial]);
  return { ...(Object.fromEntries(defaults) as Record<string, string>), ...instance.parameters };
}

/** Those that Redis itself is told of. */
export function redisSettingsOf(instance: Instance): Readonly<Record<string, string>> {
  const all = Object.entries(parametersOf(instance));
  return Object.fromEntries(all.filter(([name]) => PARAMETERS[name]?.by === 'redis'));
}

/**
 * What is named is changed, the rest stays. `ownsSettings`: Redis is ours to configure.
 * Throws IncorrectDBInstanceState, ParamNotSupportedForCurrentVersion, InvalidParametersFormat, InstanceTypeNotSupport.
 */
export function modifyConfig(
  draft: Draft,
  id: string,
  wanted: Readonly<Record<string, string>>,
  ownsSettings: boolean,
): void {
  const instance = changeableInstance(draft, id, 'ModifyInstanceConfig');
  const written = Object.entries(wanted).map(([name, value]) => {
    const parameter = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
    if (!parameter) {
      const known = Object.keys(PARAMETERS).join(', ');
      throw new SimulatorError('ParamNotSupportedForCurrentVersion', { name, known });
    }
    if (parameter.by === 'redis' && !ownsSettings) {
      throw new SimulatorError('InstanceTypeNotSupport', { id, name });
    }
    const text = parameter.rule.written(value);
    if (text !== null) return [name, text] as const;
    const details = { name, value: value.slice(0, 60), rule: parameter.rule.text };
    throw new SimulatorError('InvalidParametersFormat', details);
  });
  const all = { ...instance.parameters, ...Object.fromEntries(written) };
  const changed = Object.entries(all).filter(
    ([name, value]) => PARAMETERS[name]?.initial !== value,
  );
  draft.put({ instance: { ...instance, parameters: Object.fromEntries(changed) } });
  draft.event({
    type: 'parameters-changed',
    accountId: instance.accountId,
    instanceId: id,
    clause: '3.1.3.9',
    text: `parameters of ${id}: ${written.map(([name, value]) => `${name} ${value || '(empty)'}`).join(', ')}`,
    data: Object.fromEntries(written),
  });
}

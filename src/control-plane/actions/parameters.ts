/** The settings that customers may change, and their only way to do so. */
import { Type } from 'typebox';
import { invalidInput, problemOf } from '../core/errors.js';
import { modifyConfig, PARAMETERS, parametersOf } from '../core/parameters.js';
import { defineAction } from './action.js';
import { id } from './instances.js';
import { parameterView } from './access-views.js';
import { instanceView, viewInstance } from './views.js';

const SUCH_AS = 'Give an object such as {"maxmemory-policy":"noeviction","timeout":60}';

export const DescribeParameters = defineAction({
  name: 'DescribeParameters',
  method: 'GET',
  path: '/v1/instances/:id/parameters',
  summary: 'List the parameters of an instance that can be changed, and what they are.',
  cli: { command: 'parameter list', positional: ['id'] },
  input: Type.Object({ id }),
  output: Type.Object({ parameters: Type.Array(parameterView) }),
  run({ controlPlane, about }, input) {
    const values = parametersOf(controlPlane.instance(input.id));
    const shown = Object.entries(PARAMETERS).filter(
      ([, { by }]) => by !== 'redis' || about.ownsSettings,
    );
    const parameters = shown.map(([name, { initial, rule, description }]) => ({
      name,
      value: values[name] ?? initial,
      default: initial,
      checkingCode: rule.text,
      description,
    }));
    return { parameters };
  },
});

export const ModifyInstanceConfig = defineAction({
  name: 'ModifyInstanceConfig',
  method: 'POST',
  path: '/v1/instances/:id/config',
  summary: 'Change parameters: what is named is changed, the rest stays.',
  cli: { command: 'parameter set', positional: ['id', 'config'] },
  input: Type.Object({
    id,
    config: Type.Union([Type.String(), Type.Record(Type.String(), Type.Unknown())], {
      description:
        'Names and values, as a JSON object or its text: {"maxmemory-policy":"noeviction"}',
    }),
  }),
  output: instanceView,
  async run({ controlPlane, about }, input) {
    const wanted = settingsOf(input.config);
    const changed = await controlPlane.changeInstance(input.id, (draft) =>
      modifyConfig(draft, input.id, wanted, about.ownsSettings),
    );
    return viewInstance(changed, controlPlane);
  },
});

/** The vendor takes the text of a JSON object; values may be numbers as well. Throws InvalidInput. */
function settingsOf(config: string | Readonly<Record<string, unknown>>): Record<string, string> {
  const given = typeof config === 'string' ? parsed(config) : config;
  const entries = Object.entries(given);
  if (entries.length === 0) throw invalidInput('config', config, 'names no parameter', SUCH_AS);
  return Object.fromEntries(
    entries.map(([name, value]) => {
      if (typeof value === 'string' || typeof value === 'number') return [name, String(value)];
      throw invalidInput(`config.${name}`, value, 'must be text or a number', SUCH_AS);
    }),
  );
}

function parsed(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw invalidInput('config', text, `is not JSON (${problemOf(error)})`, SUCH_AS);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw invalidInput('config', text, 'is not an object', SUCH_AS);
}

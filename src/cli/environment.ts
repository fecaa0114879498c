/** What a program needs to know of a simulator, as environment: the same for a command that is run and for a shell. */
import { connectTo } from '../client.js';
import { clientConfigOf, type ClientConfig, type Flags } from '../config.js';
import type { InstanceView } from '../control-plane/actions/views.js';

export type Environment = Readonly<Record<string, string>>;

/** `instance`: the one that REDIS_URL leads to; undefined where there is none. */
export function environmentOf(
  { url, token }: ClientConfig,
  instance: Pick<InstanceView, 'id' | 'host' | 'port' | 'url'> | undefined,
): Environment {
  return {
    ...(instance?.url
      ? {
          REDIS_URL: instance.url,
          REDIS_HOST: new URL(instance.url).hostname.replace(/^\[|\]$/g, ''),
          REDIS_PORT: String(instance.port),
          FROSTGATE_INSTANCE: instance.id,
        }
      : {}),
    FROSTGATE_URL: url,
    ...(token === undefined ? {} : { FROSTGATE_TOKEN: token }),
  };
}

/** `frostgate env`: of a simulator that runs, for `eval`. Throws InstanceNotFound, NotReachable. */
export async function printEnvironment(id: string | undefined, flags: Flags): Promise<void> {
  const config = clientConfigOf(flags);
  const client = connectTo(config);
  const instance =
    id === undefined
      ? (await client.describeInstances()).instances.find((one) => one.url !== null)
      : await client.describeInstanceAttribute({ id });
  const environment = environmentOf(config, instance);
  if (flags.json) {
    console.log(JSON.stringify(environment, null, 2));
    return;
  }
  for (const [name, value] of Object.entries(environment)) {
    console.log(`export ${name}='${value.replaceAll("'", `'\\''`)}'`);
  }
  if (!instance?.url) console.error('no instance, so no REDIS_URL: npx frostgate instance create');
}

/** The API from the page: the actions by name, the token where one is wanted, and what is refused as an error to read. */
import type { ActionClient } from '../../control-plane/actions/index.js';
import { ROUTES, type RouteName } from './routes.js';

type Method<Name extends RouteName> = ActionClient[Uncapitalize<Name>];
type Input<Name extends RouteName> = NonNullable<Parameters<Method<Name>>[0]>;
export type Output<Name extends RouteName> = Awaited<ReturnType<Method<Name>>>;

/** What the simulator refused, in its own words; `isLogin`: it wants its token, or another one. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }

  get isLogin(): boolean {
    return this.code === 'TokenRequired';
  }
}

const TOKEN = 'frostgate-token';

/** Kept until the tab is closed, and sent to nobody but the simulator that the page came from. */
export const token = {
  get: (): string => sessionStorage.getItem(TOKEN) ?? '',
  set: (value: string): void => sessionStorage.setItem(TOKEN, value),
};

/** A link may bring it behind the #, which browsers send to nobody; it does not stay in the address. */
export function takeTokenFromAddress(): void {
  const given = /^#token=(.+)$/.exec(location.hash)?.[1];
  if (given === undefined) return;
  token.set(decodeURIComponent(given));
  history.replaceState(null, '', location.pathname);
}

/** Throws ApiError. */
export async function call<Name extends RouteName>(
  name: Name,
  input: Input<Name> | Record<string, never> = {},
): Promise<Output<Name>> {
  const [method = '', template = ''] = ROUTES[name].split(' ');
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = template.replace(/:(\w+)/g, (_, field: string) => {
    const value = String(rest.get(field));
    rest.delete(field);
    return encodeURIComponent(value);
  });
  const hasBody = method === 'POST' || method === 'PUT';
  const query = new URLSearchParams([...rest].map(([field, value]) => [field, String(value)]));
  const url = hasBody || rest.size === 0 ? path : `${path}?${query.toString()}`;
  const response = await send(url, {
    method,
    ...(hasBody ? { body: JSON.stringify(Object.fromEntries(rest)) } : {}),
  });
  return (await response.json()) as Output<Name>;
}

/** A request with what every request has. Throws ApiError. */
export async function send(url: string, init: RequestInit = {}): Promise<Response> {
  const headers: Record<string, string> = {};
  if (token.get() !== '') headers.authorization = `Bearer ${token.get()}`;
  if (init.body !== undefined) headers['content-type'] = 'application/json';
  // Relative to the page, so that a path in front of both does no harm.
  const response = await fetch(`.${url}`, { ...init, headers }).catch(() => null);
  if (response === null) throw new ApiError('The simulator does not answer.', 'NotReachable');
  if (!response.ok) throw await refusalOf(response);
  return response;
}

async function refusalOf(response: Response): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as {
    error?: { code: string; message: string };
  } | null;
  const {
    code = 'NotReachable',
    message = `Something else answers (${String(response.status)}).`,
  } = body?.error ?? {};
  return new ApiError(message, code);
}

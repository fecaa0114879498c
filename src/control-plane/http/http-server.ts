/** The API over HTTP: a route for each action, OpenAPI, and the event stream. */
import { setMaxListeners } from 'node:events';
import swagger from '@fastify/swagger';
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import type { Logger } from 'pino';
import { Type, type TObject } from 'typebox';
import { execute, requiredFields, type Action, type ActionContext } from '../actions/action.js';
import { fileFieldOf, isFile } from '../actions/file-field.js';
import { ACTIONS } from '../actions/index.js';
import { ERRORS, problemOf, SimulatorError } from '../core/errors.js';
import type { EventLog } from '../event-log.js';
import { Doorkeeper, type DoorkeeperRules } from './doorkeeper.js';
import { addPage } from './page.js';
import { METRICS_TYPE, metricsText } from './metrics.js';
import { streamEvents } from './event-stream.js';

/** No request of ours is larger. */
const BODY_BYTES_MAX = 1024 * 1024;
/** What stands in a path is an id; a longer one is unknown like any other. */
const PATH_FIELD_MAX = 1024;

export interface HttpServerOptions {
  readonly context: ActionContext;
  readonly events: EventLog;
  readonly rules: DoorkeeperRules;
  /** Where the page was built to. */
  readonly pageFolder: string;
  readonly log: Logger;
}

/** Made, but not listening yet. */
export async function createHttpServer(options: HttpServerOptions): Promise<FastifyInstance> {
  // What stands in a query may be a secret, and is nothing to find faults by.
  const req = ({ method, url }: FastifyRequest) => ({ method, url: pathOf(url) });
  const log: FastifyBaseLogger = options.log.child({}, { serializers: { req } });
  const app = fastify({
    loggerInstance: log,
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true, // a client that keeps its connection open does not hold a close up
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: PATH_FIELD_MAX },
    pluginTimeout: 0, // a machine that has much else to do is not an error
    exposeHeadRoutes: false, // HEAD of the event stream would never end
    frameworkErrors: (error, request, reply) =>
      sendError(unreadable(error, pathOf(request.url)), request, reply),
  });
  // Actions check their input themselves, for every caller alike, and their output is what it is.
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => (value) => JSON.stringify(value));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, parseBody(String(body)));
    } catch (error) {
      done(error as Error);
    }
  });
  const doorkeeper = new Doorkeeper(options.rules);
  app.addHook('onRequest', (request, _reply, done) => {
    doorkeeper.check(request.headers, request.routeOptions.url ?? '');
    done();
  });
  app.setErrorHandler((error, request, reply) => sendError(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const details = { method: request.method, path: pathOf(request.url) };
    sendError(new SimulatorError('RouteNotFound', details), request, reply);
  });
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Frostgate',
        version: options.context.about.version,
        description: 'Managed Redis instances, simulated: lifecycle, money and virtual time.',
      },
    },
  });
  const actions: readonly Action[] = Object.values(ACTIONS);
  for (const action of actions) {
    if (fileFieldOf(action.input) === undefined) addRoute(app, action, options.context);
  }
  await app.register((inner, _options, done) => {
    // What comes in is a file, whatever it is called: it is read as it comes, and is as large as it is.
    inner.removeAllContentTypeParsers();
    inner.addContentTypeParser('*', (_request, body, parsed) => parsed(null, body));
    for (const action of actions) {
      if (fileFieldOf(action.input) !== undefined) addRoute(inner, action, options.context);
    }
    done();
  });
  addEventStream(app, options);
  doorkeeper.open(addPage(app, options.pageFolder));
  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    void reply.type(METRICS_TYPE);
    return metricsText(options.context);
  });
  app.get('/v1/openapi.json', { schema: { hide: true } }, () => app.swagger());
  return app;
}

function addEventStream(app: FastifyInstance, { context, events }: HttpServerOptions): void {
  const closing = new AbortController();
  setMaxListeners(0, closing.signal); // as many as there are streams
  const streams = new Set<Promise<void>>();
  // Streams end as those who read them expect it, before connections are cut.
  app.addHook('preClose', async () => {
    closing.abort();
    await Promise.allSettled(streams);
  });
  app.get('/v1/events/stream', { schema: { hide: true } }, (request, reply) => {
    const stream = streamEvents(request, reply, context, events, closing.signal);
    streams.add(stream);
    return stream.finally(() => streams.delete(stream));
  });
}

function addRoute(app: FastifyInstance, action: Action, context: ActionContext): void {
  const inPath = [...action.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
  const inBody = fileFieldOf(action.input);
  const rest = Object.keys(action.input.properties).filter(
    (name) => !inPath.includes(name) && name !== inBody,
  );
  const hasBody = inBody === undefined && (action.method === 'POST' || action.method === 'PUT');
  app.route({
    method: action.method,
    url: action.path,
    schema: {
      operationId: action.name,
      summary: action.summary,
      tags: [action.cli.command.split(' ')[0] ?? ''],
      ...(inPath.length > 0 ? { params: partOf(action.input, inPath) } : {}),
      ...(rest.length > 0
        ? { [hasBody ? 'body' : 'querystring']: partOf(action.input, rest) }
        : {}),
      ...(inBody === undefined ? {} : { consumes: [FILE_TYPE], body: FILE }),
      response: {
        200: isFile(action.output) ? FILE : { description: 'It is done', ...action.output },
        default: { description: 'It is refused or failed; the code tells which', ...refusal },
      },
    },
    handler: async (request, reply) => {
      const body = (request.body as object | undefined) ?? {};
      const answer = await execute(action, context, {
        ...(request.query as object),
        ...(inBody === undefined ? body : { [inBody]: request.body }),
        ...(request.params as object),
      });
      if (isFile(action.output)) void reply.type(FILE_TYPE);
      return answer;
    },
  });
}

const FILE_TYPE = 'application/octet-stream';
const FILE = {
  description: 'The file, as it is',
  content: { [FILE_TYPE]: { schema: { type: 'string', format: 'binary' } } },
};

/** What every refusal looks like; docs/errors.md tells the codes. */
const refusal = Type.Object({
  error: Type.Object({
    code: Type.Enum(Object.keys(ERRORS)),
    message: Type.String({ description: 'What, which value, and the way out' }),
    details: Type.Record(Type.String(), Type.String()),
  }),
});

/** The schema of some of the fields. */
function partOf(input: TObject, names: readonly string[]): object {
  const properties = Object.fromEntries(names.map((name) => [name, input.properties[name]]));
  const required = requiredFields(input).filter((name) => names.includes(name));
  return { type: 'object', properties, ...(required.length > 0 ? { required } : {}) };
}

function pathOf(url: string): string {
  return url.split('?')[0] ?? '';
}

function parseBody(text: string): object {
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    // Node quotes the text around the fault, and there may be a password in it.
    const [problem = ''] = problemOf(cause).split(/, ?[."]/);
    throw new SimulatorError('BodyNotJson', { problem });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SimulatorError('BodyNotJson', { problem: 'it is JSON, but not an object' });
  }
  return value;
}

function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = asRefusal(error);
  if (refusal.code === 'InternalError') request.log.error(error);
  void reply
    .code(refusal.status)
    .send({ error: { code: refusal.code, message: refusal.message, details: refusal.details } });
}

function asRefusal(error: unknown): SimulatorError {
  if (error instanceof SimulatorError) return error;
  const problem = problemOf(error);
  const { code, statusCode = 500 } = error as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new SimulatorError('BodyTooLarge', { limit: String(BODY_BYTES_MAX) }, { cause: error });
  }
  // What else fastify refuses by itself is the body: its length is not what was announced.
  const refused = statusCode >= 400 && statusCode < 500 ? 'BodyNotJson' : 'InternalError';
  return new SimulatorError(refused, { problem }, { cause: error });
}

/** Before there is a route: the path cannot be decoded. */
function unreadable(error: Error, path: string): SimulatorError {
  const problem = error.message.replace(/\?[^']*/, '');
  return new SimulatorError('PathNotReadable', { path, problem }, { cause: error });
}

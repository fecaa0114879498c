/**
 * The page: files that were built into a folder. They hold no secret, so whoever may open a connection may have them,
 * the token or not; all that they show comes over the API. Nothing that they need is anywhere else.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.md': 'text/markdown; charset=utf-8',
};

/** Scripts, styles and connections of our own; no other machine, no other page around it. */
const HEADERS = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

/** Names of assets change with their content. */
const CACHE = { asset: 'public, max-age=31536000, immutable', page: 'no-cache' };

/** Adds a route for each file of the folder; none where it was not built. Returns the routes. */
export function addPage(app: FastifyInstance, folder: string): string[] {
  return filesIn(folder).map((file) => {
    const name = file.split(sep).join('/');
    const isPage = name === 'index.html';
    const route = isPage ? '/' : `/${name}`;
    const headers = {
      ...HEADERS,
      'content-type': TYPES[extname(name)] ?? 'application/octet-stream',
      'cache-control': isPage ? CACHE.page : CACHE.asset,
    };
    let body: Buffer | undefined; // read when somebody looks, not at each start
    app.get(route, { schema: { hide: true } }, (_request, reply: FastifyReply) => {
      body ??= readFileSync(join(folder, file));
      return reply.headers(headers).send(body);
    });
    return route;
  });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
      Object.hasOwn(TYPES, extname(file)),
    );
  } catch {
    return [];
  }
}

import { createHash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { ReadToken } from '../../config/read-tokens.js';
import { CarbonbusError } from '../../errors.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Whose the answers of a route are, where there are read tokens: everybody's, those of any token (which see the names
     * that are theirs), or those of a token for all names alone, which is the rule.
     */
    access?: 'open' | 'names';
  }
}

/** The prefixes of names that the token of a request may see. */
const reach = new WeakMap<FastifyRequest, readonly string[]>();

/**
 * Asks every request for a token: `Authorization: Bearer <token>`. Without tokens everybody sees all.
 *
 * @param current another list after each change
 */
export function requireTokens(http: FastifyInstance, current: () => readonly ReadToken[]): void {
  let known: readonly ReadToken[] = [];
  let prefixesOf = new Map<string, readonly string[]>();
  http.addHook('onRequest', (request, reply, done) => {
    const tokens = current();
    if (tokens !== known) {
      known = tokens;
      prefixesOf = new Map(tokens.map(({ token, prefixes }) => [digest(token), prefixes]));
    }
    if (tokens.length > 0) admit(request, reply, prefixesOf);
    done();
  });
}

/** @throws CarbonbusError `TOKEN_NEEDED`, `TOKEN_TOO_NARROW` */
function admit(
  request: FastifyRequest,
  reply: FastifyReply,
  prefixesOf: ReadonlyMap<string, readonly string[]>,
): void {
  const { access } = request.routeOptions.config;
  if (access === 'open' || request.method === 'OPTIONS') return;
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const prefixes = token === undefined ? undefined : prefixesOf.get(digest(token));
  if (prefixes === undefined) {
    reply.header('www-authenticate', 'Bearer');
    throw new CarbonbusError(
      'TOKEN_NEEDED',
      'a token is needed (HTTP_READ_TOKENS, read-tokens.conf)',
    );
  }
  if (prefixes.includes('')) return;
  if (access !== 'names') {
    throw new CarbonbusError('TOKEN_TOO_NARROW', 'this is for tokens of all names (`*`)');
  }
  reach.set(request, prefixes);
}

/** The beginnings of the names that the one who asks may see; undefined for all. */
export function prefixesFor(request: FastifyRequest): readonly string[] | undefined {
  return reach.get(request);
}

/** Whether the one who asks may see some names only. */
export function isRestricted(request: FastifyRequest): boolean {
  return reach.has(request);
}

/** So that looking a token up tells nothing of the others by its time. */
function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

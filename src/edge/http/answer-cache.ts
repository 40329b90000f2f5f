import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../../actors/ports/clock.js';
import { acceptedEncoding } from './compression.js';
import { isComplete } from './inquiries.js';
import { Params } from './params.js';
import { prefixesFor } from './read-access.js';

/** What is remembered of a kind of answers. */
export type CachedKind = 'render' | 'find';

export interface AnswerCacheOptions {
  /** How long an answer of `/render` may be told again, unless the request says so with `cacheTimeout`; 0: not at all. */
  readonly renderCacheMs: number;
  /** As above, of finds. */
  readonly findCacheMs: number;
  /** Bytes of all answers together. */
  readonly cacheBytesMax: number;
}

interface Kept {
  readonly body: string | Uint8Array;
  readonly headers: Record<string, string>;
  readonly atMs: number;
}

/** What graphite-web ignores in a request that it looks up: browsers' ways around caches. */
const SALTS = new Set(['_salt', '_ts', '_t', 'cacheTimeout']);
const ENTRIES_MAX = 10_000;
/** Longer than anybody waits. */
const LONGEST_MS = 86_400_000;
/** An answer larger than this part of the cache would push out too many others. */
const LARGEST_PART = 0.25;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Answers of this route may be told again. */
    cached?: CachedKind;
  }
}

/**
 * Remembers answers of routes that allow it, by all their parameters, as graphite-web does: an answer is told again until
 * its time is over, whatever points come meanwhile. One that is not complete is not remembered.
 */
export class AnswerCache {
  readonly counters = { cacheHits: 0, cacheMisses: 0 };
  readonly #options: AnswerCacheOptions;
  readonly #clock: Clock;
  readonly #kept: LRUCache<string, Kept>;
  /** Where the answer of a request is to be kept, and for how long. */
  readonly #wanted = new WeakMap<FastifyRequest, { key: string; ttl: number }>();
  /** Under which key the answer of a request is kept as it is, where it may be compressed for it. */
  readonly #unpacked = new WeakMap<FastifyRequest, string>();

  constructor(options: AnswerCacheOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#kept = new LRUCache({
      max: ENTRIES_MAX,
      maxSize: options.cacheBytesMax,
      maxEntrySize: Math.floor(options.cacheBytesMax * LARGEST_PART),
      sizeCalculation: ({ body }, key) => body.length + key.length + 512,
      // To this library what was kept at 0 never grows old.
      perf: { now: () => clock.monotonicMs() + 1 },
      ttlResolution: 0,
    });
  }

  get gauges(): { cacheEntries: number; cacheBytes: number } {
    return { cacheEntries: this.#kept.size, cacheBytes: this.#kept.calculatedSize };
  }

  /** Has to be called before the hooks that change bodies, such as those of compression. */
  attach(http: FastifyInstance): void {
    http.addHook('preHandler', (request, reply, done) => {
      if (this.#lookUp(request, reply) === undefined) done();
    });
    http.addHook('onSend', (request, reply, body, done) => {
      this.#keep(request, reply, body);
      done(null, body);
    });
  }

  /**
   * Keeps answers compressed as well, beside what they were made of: to compress one takes as long as to read most. Has to be
   * called after the hooks of compression.
   */
  attachPacked(http: FastifyInstance): void {
    http.addHook('onSend', (request, reply, body, done) => {
      const key = this.#unpacked.get(request);
      if (key !== undefined && body instanceof Uint8Array) this.#keepPacked(key, reply, body);
      done(null, body);
    });
  }

  #lookUp(request: FastifyRequest, reply: FastifyReply): FastifyReply | undefined {
    const kind = request.routeOptions.config.cached;
    if (kind === undefined || request.method === 'HEAD') return undefined;
    const params = new Params(request);
    const ttl = this.#ttl(kind, params);
    if (ttl <= 0) return undefined;
    const key = keyOf(request, params);
    const encoding = acceptedEncoding(request.headers['accept-encoding']);
    const packed = encoding && this.#kept.get(packedKey(encoding, key));
    if (packed === undefined && encoding !== undefined) this.#unpacked.set(request, key);
    const kept = packed ?? this.#kept.get(key);
    if (kept === undefined) {
      this.counters.cacheMisses++;
      this.#wanted.set(request, { key, ttl });
      return undefined;
    }
    this.counters.cacheHits++;
    const ageS = Math.floor((this.#clock.monotonicMs() - kept.atMs) / 1000);
    return reply.headers(kept.headers).header('age', String(ageS)).send(kept.body);
  }

  #ttl(kind: CachedKind, params: Params): number {
    if (params.last('noCache') !== undefined) return 0;
    if (kind === 'find') return this.#options.findCacheMs;
    const asked = Number(params.last('cacheTimeout') ?? Number.NaN);
    return Number.isFinite(asked)
      ? Math.min(asked * 1000, LONGEST_MS)
      : this.#options.renderCacheMs;
  }

  #keep(request: FastifyRequest, reply: FastifyReply, body: unknown): void {
    const wanted = this.#wanted.get(request);
    if (wanted === undefined || reply.statusCode !== 200) return;
    if (typeof body !== 'string' && !(body instanceof Uint8Array)) return;
    if (!isComplete(request)) return;
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (name === 'content-type' || name.startsWith('x-carbonbus-')) headers[name] = String(value);
    }
    const kept = { body, headers, atMs: this.#clock.monotonicMs() };
    this.#kept.set(wanted.key, kept, { ttl: wanted.ttl });
  }

  /** As long as what it was made of. */
  #keepPacked(key: string, reply: FastifyReply, body: Uint8Array): void {
    const encoding = reply.getHeader('content-encoding');
    const unpacked = this.#kept.peek(key);
    const ttl = this.#kept.getRemainingTTL(key);
    if (typeof encoding !== 'string' || unpacked === undefined || ttl <= 0) return;
    const headers: Kept['headers'] = { ...unpacked.headers, 'content-encoding': encoding };
    headers.vary = String(reply.getHeader('vary') ?? '');
    this.#kept.set(packedKey(encoding, key), { ...unpacked, headers, body }, { ttl });
  }
}

function packedKey(encoding: string, key: string): string {
  return `${encoding} ${key}`;
}

/** The same for requests that ask for the same: the path, all parameters, the form, and what may be seen. */
function keyOf(request: FastifyRequest, params: Params): string {
  const names = params.names().filter((name) => !SALTS.has(name));
  const asked = names.sort().map((name) => [name, params.all(name)]);
  const accept = request.headers.accept ?? '';
  const seen = prefixesFor(request) ?? null;
  return JSON.stringify([request.routeOptions.url, asked, accept, seen]);
}

import type { TlsOptions } from 'node:tls';
import cors from '@fastify/cors';
import formbody from '@fastify/formbody';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type InjectOptions,
  type LightMyRequestResponse,
} from 'fastify';
import type { Logger } from '../../actors/ports/logger.js';
import { Inquiries } from '../../actors/query/inquiry.js';
import type { ReadToken } from '../../config/read-tokens.js';
import { CarbonbusError, errorCode } from '../../errors.js';
import { CARBONAPI_V3_TYPE } from '../../query/formats/answer-form.js';
import { onFailedHandshake } from '../failed-handshakes.js';
import { portUnavailable } from '../ports.js';
import type { AnswerCache } from './answer-cache.js';
import { limitClients } from './client-limits.js';
import { compressAnswers } from './compression.js';
import { parseForm } from './form.js';
import { COMPLETENESS_HEADERS, openInquiries } from './inquiries.js';
import { BODY_BYTES_MAX } from './raw-body.js';
import { requireTokens } from './read-access.js';
import type { RequestLog } from './request-log.js';

const CLOSE_IDLE_MS = 1_000;
const METHODS = 'GET, HEAD, POST, OPTIONS';

/** Statuses of failures that are not the server's own. */
const STATUS_OF_CODE: Record<string, number> = {
  BAD_REQUEST: 400,
  NOT_FOUND: 404,
  BODY_TOO_LARGE: 413,
  TOO_MANY_SERIES: 422,
  TOO_MANY_POINTS: 422,
  TOKEN_NEEDED: 401,
  TOKEN_TOO_NARROW: 403,
  TOO_MANY_REQUESTS: 429,
  NO_REPLICA: 503,
  PARTIAL_ANSWER: 503,
  CLIENT_GONE: 499,
  PARTLY_CHANGED: 503,
  LOG_UNREACHABLE: 503,
  DRAWING_BUSY: 503,
  RENDER_BUSY: 503,
  REPLY_TOO_LARGE: 422,
};

/** Adds one group of routes. */
export type Routes = (http: FastifyInstance) => void;

export interface HttpOptions {
  /** Whose pages may read our answers: origins, or `*` for all; none by default. */
  readonly corsOrigins: readonly string[];
  /** Whether answers are compressed for those who ask. */
  readonly compression: boolean;
  /** Addresses and networks of proxies whose `X-Forwarded-For` is believed, with commas between; empty for none. */
  readonly trustedProxies: string;
  /** The tokens that count now; without any everybody may read all. */
  readonly readTokens: () => readonly ReadToken[];
  /** Of one client; 0: any number. */
  readonly requestsPerSecondMax: number;
}

/** What sees every request. */
export interface HttpObservers {
  readonly cache?: AnswerCache;
  readonly requests?: RequestLog;
  readonly inquiries?: Inquiries;
}

/** The HTTP interface: one server, its routes given in groups. */
export class HttpServer {
  handshakesFailed = 0;
  readonly #http: FastifyInstance;

  private constructor(http: FastifyInstance) {
    this.#http = http;
    onFailedHandshake(http.server, () => this.handshakesFailed++);
  }

  /** @param tls what makes it speak TLS, and nothing else */
  static async create(
    groups: readonly Routes[],
    options: HttpOptions,
    log: Logger,
    { cache, requests, inquiries = new Inquiries(false) }: HttpObservers = {},
    tls?: TlsOptions,
  ): Promise<HttpServer> {
    const base = {
      bodyLimit: BODY_BYTES_MAX,
      forceCloseConnections: true,
      keepAliveTimeout: CLOSE_IDLE_MS * 60,
      ...(options.trustedProxies !== '' && { trustProxy: options.trustedProxies }),
      routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    };
    const http = (
      tls === undefined ? fastify(base) : fastify({ ...base, https: tls })
    ) as FastifyInstance;
    await http.register(formbody, { parser: parseForm });
    http.addContentTypeParser(CARBONAPI_V3_TYPE, { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    await allowOrigins(http, options.corsOrigins);
    await limitClients(http, options.requestsPerSecondMax);
    requireTokens(http, options.readTokens);
    requests?.attach(http);
    openInquiries(http, inquiries);
    cache?.attach(http);
    if (options.compression) {
      compressAnswers(http);
      cache?.attachPacked(http);
    }
    http.setErrorHandler((error: FastifyError | CarbonbusError, request, reply) => {
      const status = statusOf(error);
      if (status >= 500) log.error({ url: request.url, error: error.message }, 'a request failed');
      void reply
        .status(status)
        .send({ error: error.message, code: errorCode(error) ?? 'INTERNAL' });
    });
    http.setNotFoundHandler((request, reply) => {
      void reply
        .status(404)
        .send({ error: `there is nothing at ${request.url}`, code: 'NOT_FOUND' });
    });
    for (const addRoutes of groups) addRoutes(http);
    return new HttpServer(http);
  }

  async listen(address: { host: string; port: number; setting: string }): Promise<void> {
    try {
      await this.#http.listen({ host: address.host, port: address.port });
    } catch (cause) {
      throw portUnavailable({ protocol: 'tcp', ...address }, cause);
    }
  }

  /** Answers a request that comes by no socket. */
  inject(request: InjectOptions): Promise<LightMyRequestResponse> {
    return this.#http.inject(request);
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}

/** Answers `OPTIONS` everywhere, and lets pages of other origins read our answers where that is wanted. */
async function allowOrigins(http: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) {
    http.options('*', (_request, reply) => reply.status(204).header('allow', METHODS).send());
    return;
  }
  const exposedHeaders = [...COMPLETENESS_HEADERS];
  const origin = origins.includes('*') ? '*' : [...origins];
  await http.register(cors, { origin, methods: METHODS, exposedHeaders, strictPreflight: false });
}

function statusOf(error: FastifyError | CarbonbusError): number {
  if (error instanceof CarbonbusError) return STATUS_OF_CODE[error.code] ?? 500;
  return error.statusCode ?? 500;
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from '../../actors/ports/logger.js';
import { Params } from './params.js';

/** Characters of a text of somebody else's in the log. */
const SHOWN_MAX = 300;
/** Targets and queries of a request in the log. */
const ASKED_MAX = 3;
/** By which Grafana says who asks. */
const ASKERS = ['x-dashboard-id', 'x-panel-id', 'x-grafana-org-id'];

export interface RequestLogOptions {
  /** Requests that take longer are told of as slow; 0: none. */
  readonly slowRequestMs: number;
  /** Whether every request is told of. */
  readonly requestLog: boolean;
}

/** Tells of requests that took long, and of all if that is wanted, with what was asked and by whom. */
export class RequestLog {
  readonly counters = { slowRequests: 0 };
  readonly #options: RequestLogOptions;
  readonly #log: Logger;

  constructor(options: RequestLogOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
  }

  attach(http: FastifyInstance): void {
    const { slowRequestMs, requestLog } = this.#options;
    http.addHook('onResponse', (request, reply, done) => {
      done();
      const isSlow = slowRequestMs > 0 && reply.elapsedTime >= slowRequestMs;
      if (isSlow) this.counters.slowRequests++;
      if (!isSlow && !requestLog) return;
      const facts = {
        ...factsOf(request),
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime),
      };
      if (isSlow) this.#log.warn(facts, 'a slow request');
      else this.#log.info(facts, 'request');
    });
  }
}

function factsOf(request: FastifyRequest): Record<string, unknown> {
  const facts: Record<string, unknown> = {
    method: request.method,
    url: request.url.slice(0, SHOWN_MAX),
    client: request.ip,
  };
  const params = new Params({ query: {}, body: request.body });
  const asked = [...params.all('target'), ...params.all('query')].slice(0, ASKED_MAX);
  if (asked.length > 0) facts.asked = asked.map((text) => text.slice(0, SHOWN_MAX));
  for (const name of ASKERS) {
    const value = request.headers[name];
    if (value !== undefined) facts[name] = String(value).slice(0, SHOWN_MAX);
  }
  return facts;
}

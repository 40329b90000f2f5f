import formbody from '@fastify/formbody';
import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { Logger } from '../../actors/ports/logger.js';
import { CarbonbusError, errorCode } from '../../errors.js';
import { portUnavailable } from '../ports.js';

/** A request body larger than this is refused; Grafana's largest are a few kilobytes. */
const BODY_BYTES_MAX = 4 * 1024 * 1024;
const CLOSE_IDLE_MS = 1_000;

/** Statuses of failures that are not the server's own. */
const STATUS_OF_CODE: Record<string, number> = {
  BAD_REQUEST: 400,
  TOO_MANY_SERIES: 422,
  TOO_MANY_POINTS: 422,
  NO_REPLICA: 503,
  LOG_UNREACHABLE: 503,
  REPLY_TOO_LARGE: 422,
};

/** Adds one group of routes. */
export type Routes = (http: FastifyInstance) => void;

/** The HTTP interface: one server, its routes given in groups. */
export class HttpServer {
  readonly #http: FastifyInstance;

  private constructor(http: FastifyInstance) {
    this.#http = http;
  }

  static async create(groups: readonly Routes[], log: Logger): Promise<HttpServer> {
    const http = fastify({
      bodyLimit: BODY_BYTES_MAX,
      forceCloseConnections: true,
      keepAliveTimeout: CLOSE_IDLE_MS * 60,
      routerOptions: { ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    });
    await http.register(formbody);
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

  close(): Promise<void> {
    return this.#http.close();
  }
}

function statusOf(error: FastifyError | CarbonbusError): number {
  if (error instanceof CarbonbusError) return STATUS_OF_CODE[error.code] ?? 500;
  return error.statusCode ?? 500;
}

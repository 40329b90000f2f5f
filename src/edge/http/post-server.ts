import type { Server } from 'node:http';
import type { TlsOptions } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { PostReceiver } from '../../actors/receiver/post-receiver.js';
import type { Sender } from '../../actors/receiver/rejection-log.js';
import type { InputForm } from '../../actors/relay/whole-input.js';
import { errorCode } from '../../errors.js';
import { onFailedHandshake } from '../failed-handshakes.js';
import { type ListenAddress, portUnavailable } from '../ports.js';
import { senderOf } from '../stream-server.js';

/** Requests whose bodies are in memory at a time. */
const REQUESTS_MAX = 64;
/** A sender that has not sent its whole request by then is closed. */
const REQUEST_LIMIT_MS = 30_000;
const RETRY_AFTER_S = '1';

/** The names of gzip among content encodings, whose case does not count (RFC 9110, 8.4.1). */
const GZIP = new Set(['gzip', 'x-gzip']);

/** What a body may be. Without a content type it is lines; curl's default is taken for them too. */
const FORMS: Record<string, InputForm> = {
  '': 'lines',
  'text/plain': 'lines',
  'application/x-www-form-urlencoded': 'lines',
  'application/x-protobuf': 'protobuf',
  'application/protobuf': 'protobuf',
  'application/python-pickle': 'pickle',
  'application/x-python-pickle': 'pickle',
  'application/msgpack': 'batch',
  'application/x-msgpack': 'batch',
};

/** Takes points by `POST /`, and answers `{accepted, rejected, reasons}` once the logs have them. */
export class PostServer {
  readonly #http: FastifyInstance;
  readonly #receiver: PostReceiver;
  readonly #bodyBytesMax: number;
  #requests = 0;

  constructor(options: {
    receiver: PostReceiver;
    bodyBytesMax: number;
    connectionsMax: number;
    tls: TlsOptions | undefined;
    /** There were too many connections for one more. */
    refused: () => void;
    /** Somebody could not show to a port that speaks TLS that they may. */
    handshakeFailed: (sender: Sender, reason: string) => void;
  }) {
    this.#receiver = options.receiver;
    this.#bodyBytesMax = options.bodyBytesMax;
    const limits = {
      bodyLimit: options.bodyBytesMax,
      requestTimeout: REQUEST_LIMIT_MS,
      forceCloseConnections: true,
    };
    this.#http = (
      options.tls === undefined ? fastify(limits) : fastify({ ...limits, https: options.tls })
    ) as FastifyInstance;
    const server = this.#http.server as Server;
    server.maxConnections = options.connectionsMax;
    server.on('drop', () => options.refused());
    onFailedHandshake(server, (socket, reason) =>
      options.handshakeFailed(senderOf(socket), reason),
    );
    this.#addRoute();
  }

  /** @throws CarbonbusError `PORT_UNAVAILABLE` */
  async listen(address: ListenAddress): Promise<void> {
    try {
      await this.#http.listen({ host: address.host, port: address.port });
    } catch (cause) {
      throw portUnavailable({ protocol: 'tcp', ...address }, cause);
    }
  }

  close(): Promise<void> {
    return this.#http.close();
  }

  #addRoute(): void {
    const http = this.#http;
    http.removeAllContentTypeParsers();
    http.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    http.addHook('onRequest', async (_request, reply) => {
      if (this.#requests >= REQUESTS_MAX) return busy(reply, 'too many requests are in hand');
      this.#requests++;
      reply.raw.once('close', () => this.#requests--);
      return undefined;
    });
    http.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) =>
      reply.status(error.statusCode ?? 500).send({ error: error.message }),
    );
    http.setNotFoundHandler((request, reply) =>
      reply.status(404).send({ error: `there is nothing at ${request.url}; POST to /` }),
    );
    http.post('/', (request, reply) => this.#post(request, reply));
  }

  async #post(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const type = (request.headers['content-type'] ?? '').split(';')[0].trim().toLowerCase();
    const form = FORMS[type];
    if (form === undefined) return refused(reply, 415, `the content type ${type} is not taken`);
    const encoding = (request.headers['content-encoding'] ?? '').trim().toLowerCase();
    const isPacked = GZIP.has(encoding);
    if (!isPacked && encoding !== '' && encoding !== 'identity')
      return refused(reply, 415, `the content encoding ${encoding} is not taken: send gzip`);
    const sent = (request.body as Buffer | undefined) ?? Buffer.alloc(0);
    const bytes = isPacked ? await this.#unpack(sent) : sent;
    if (bytes === 'too-large')
      return refused(reply, 413, `the body has more than ${this.#bodyBytesMax} bytes`);
    if (bytes === 'malformed') return refused(reply, 400, 'the body is not what gzip makes');
    const { remoteAddress: address = '', remotePort: port = 0 } = request.socket;
    const outcome = await this.#receiver.post(bytes, form, { address, port });
    if (outcome === 'full') return busy(reply, 'the logs do not keep up');
    if (outcome === 'late')
      return refused(reply, 504, 'no log has acknowledged the points yet; send them again');
    const taken = outcome.accepted > 0 || outcome.rejected === 0;
    return reply.status(taken ? 200 : 400).send(outcome);
  }

  async #unpack(bytes: Buffer): Promise<Buffer | 'too-large' | 'malformed'> {
    try {
      return await promisify(gunzip)(bytes, { maxOutputLength: this.#bodyBytesMax });
    } catch (error) {
      return errorCode(error) === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'malformed';
    }
  }
}

function busy(reply: FastifyReply, reason: string): FastifyReply {
  return refused(reply.header('retry-after', RETRY_AFTER_S), 503, `${reason}: send it again later`);
}

function refused(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.status(status).send({ error });
}

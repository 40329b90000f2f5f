import { pipeline, Readable } from 'node:stream';
import { createDeflate, createGzip, deflate, gzip } from 'node:zlib';
import type { FastifyInstance } from 'fastify';

/** Shorter answers take as many packets as they would compressed. */
const BYTES_MIN = 1_024;
/** JSON of series becomes a tenth with the quickest level; more would cost more than it saves. */
const LEVEL = 1;

const ENCODERS = { gzip, deflate } as const;
const PACKERS = { gzip: createGzip, deflate: createDeflate } as const;
type Encoding = keyof typeof ENCODERS;

/** Compresses answers for those who say that they take it; the work is done in a thread of Node's pool. */
export function compressAnswers(http: FastifyInstance): void {
  http.addHook('onSend', (request, reply, payload, done) => {
    if (
      !(isLongText(payload) || payload instanceof Readable) ||
      reply.hasHeader('content-encoding')
    ) {
      done(null, payload);
      return;
    }
    reply.header('vary', 'accept-encoding');
    const encoding = acceptedEncoding(request.headers['accept-encoding']);
    const type = String(reply.getHeader('content-type') ?? '');
    if (encoding === undefined || type.startsWith('image/png')) {
      done(null, payload);
      return;
    }
    reply.header('content-encoding', encoding).removeHeader('content-length');
    if (payload instanceof Readable) {
      const packed = PACKERS[encoding]({ level: LEVEL });
      // A failure of either ends both, and the connection with them.
      done(
        null,
        pipeline(payload, packed, () => undefined),
      );
      return;
    }
    ENCODERS[encoding](payload, { level: LEVEL }, done);
  });
}

function isLongText(payload: unknown): payload is string | Uint8Array {
  return (
    (typeof payload === 'string' || payload instanceof Uint8Array) && payload.length >= BYTES_MIN
  );
}

/** The first of ours that a header such as `gzip, deflate;q=0.5` names, unless it is ruled out by `q=0`. */
export function acceptedEncoding(header: string | string[] | undefined): Encoding | undefined {
  const refused = /;\s*q=0(?:\.0*)?\s*$/;
  const accepted = String(header ?? '')
    .split(',')
    .filter((part) => !refused.test(part))
    .map((part) => part.split(';')[0].trim().toLowerCase());
  const ours: Encoding[] = ['gzip', 'deflate'];
  return ours.find((encoding) => accepted.includes(encoding));
}

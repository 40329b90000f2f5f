import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { MetricHeaders } from '../../actors/query/metric-headers.js';
import { CarbonbusError } from '../../errors.js';
import { encodeMessage } from '../../protocols/carbonapi-messages.js';
import type { InfoMessage } from '../../protocols/messages.js';
import {
  CARBONAPI_V2_TYPE,
  CARBONAPI_V3_TYPE,
  isCarbonapiV2,
  isCarbonapiV3,
} from '../../query/formats/answer-form.js';
import { messageOf } from './carbonapi-message.js';
import { inquiryOf } from './inquiries.js';
import { Params } from './params.js';

/** Names of one request. */
const NAMES_MAX = 100;

/** `/info`: the headers of whisper files. JSON for people, protobuf for carbonapi; 404 where there is no such metric. */
export function infoRoutes(headers: MetricHeaders) {
  return (http: FastifyInstance): void => {
    http.route({
      method: ['GET', 'POST'],
      url: '/info',
      handler: async (request, reply) => {
        const params = new Params(request);
        const format = params.last('format');
        const isV3 = isCarbonapiV3(format, request.headers.accept);
        const names = isV3 ? await namesOfV3(request) : [params.last('target') ?? ''];
        const found = await infos(headers.for(inquiryOf(request)), names);
        if (found.length === 0) {
          throw new CarbonbusError('NOT_FOUND', `target: there is no metric ${names.join(', ')}`);
        }
        if (isV3) return reply.type(CARBONAPI_V3_TYPE).send(infoV3(found));
        const info = infoV2(found[0]);
        if (!isCarbonapiV2(format)) return reply.send(info);
        return reply.type(CARBONAPI_V2_TYPE).send(encodeMessage('v2.InfoResponse', info));
      },
    });
  };
}

async function namesOfV3(request: FastifyRequest): Promise<string[]> {
  const { names } = await messageOf<{ names: string[] }>(request, 'v3.MultiMetricsInfoRequest');
  return names;
}

async function infos(headers: MetricHeaders, names: readonly string[]): Promise<InfoMessage[]> {
  if (names.length > NAMES_MAX) {
    throw new CarbonbusError('BAD_REQUEST', `${names.length} names are more than ${NAMES_MAX}`);
  }
  const found = await Promise.all(names.map((name) => headers.info(name)));
  return found.filter((info) => info !== undefined);
}

function infoV2(info: InfoMessage): object {
  const { name, aggregationMethod, maxRetention, xFilesFactor } = info;
  return { name, aggregationMethod, maxRetention, xFilesFactor, retentions: retentions(info) };
}

function infoV3(found: readonly InfoMessage[]): Uint8Array {
  const metrics = found.map((info) => ({
    name: info.name,
    consolidationFunc: info.aggregationMethod,
    maxRetention: info.maxRetention,
    xFilesFactor: info.xFilesFactor,
    retentions: retentions(info),
  }));
  return encodeMessage('v3.MultiMetricsInfoResponse', { metrics });
}

function retentions({ archives }: InfoMessage): object[] {
  return archives.map(({ secondsPerPoint, points }) => ({
    secondsPerPoint,
    numberOfPoints: points,
  }));
}

import type { FastifyReply } from 'fastify';
import { CarbonbusError } from '../../errors.js';
import { BadRequest } from '../../query/bad-request.js';
import { asJson, parseCallback } from '../../query/formats/format.js';
import { type JsonValue, pythonJson } from '../../query/formats/python-json.js';
import type { Params } from './params.js';

/** Answers JSON to the letter of graphite-web's, with `pretty` over several lines. */
export function sendJson(
  reply: FastifyReply,
  params: Params,
  value: JsonValue,
  jsonp?: string,
): FastifyReply {
  const pretty = (params.last('pretty') ?? '') !== '';
  const { contentType, body } = asJson(Buffer.from(pythonJson(value)), { pretty, jsonp });
  return reply.type(contentType).send(body);
}

/** As `sendJson`, for pages that load it as a script where they name a function with `jsonp`. */
export function sendJsonp(reply: FastifyReply, params: Params, value: JsonValue): FastifyReply {
  const jsonp = parseCallback(params.last('jsonp') || undefined);
  if (jsonp instanceof BadRequest) throw new CarbonbusError('BAD_REQUEST', jsonp.message);
  return sendJson(reply, params, value, jsonp);
}

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Clock } from '../../actors/ports/clock.js';
import type { Events, StoredEvent } from '../../actors/query/events.js';
import { CarbonbusError } from '../../errors.js';
import { EVENT_BYTES_MAX, EventRefusal, parseEvent } from '../../protocols/event.js';
import { BadRequest } from '../../query/bad-request.js';
import { type JsonValue, pythonJson } from '../../query/formats/python-json.js';
import { UTC } from '../../query/time-zone.js';
import { parseTime } from '../../query/times.js';
import { parseForm } from './form.js';
import { sendJson, sendJsonp } from './graphite-json.js';
import { otherMethods } from './methods.js';
import { Params } from './params.js';

/** Events of the answer to `/events`, the newest ones. */
const LISTED_MAX = 1_000;

/** `/events`: what happened, for annotations. A body is JSON whatever its type says, as `curl -d` says that it is a form. */
export function eventRoutes(events: Events, clock: Clock) {
  return (http: FastifyInstance): void => {
    void http.register(async (scope) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser(
        '*',
        { parseAs: 'string', bodyLimit: EVENT_BYTES_MAX },
        (_request, body, done) => done(null, { text: body }),
      );
      addRoutes(scope, events, clock);
    });
  };
}

function addRoutes(http: FastifyInstance, events: Events, clock: Clock): void {
  const nowS = (): number => Math.floor(clock.nowMs() / 1000);
  http.get('/events', { config: { access: 'names' } }, (request, reply) => {
    const all = events.find({}).slice(-LISTED_MAX);
    return sendJson(reply, paramsOf(request), all.map(shown));
  });
  http.post('/events', async (request, reply) => {
    const { text = '' } = (request.body ?? {}) as { text?: string };
    const event = parseEvent(text, nowS());
    if (!(event instanceof EventRefusal)) {
      const stored = await events.add(event);
      return sendJson(reply, paramsOf(request), shown(stored));
    }
    return reply
      .status(400)
      .type('text/html; charset=utf-8')
      .send(pythonJson({ error: event.reason }));
  });
  otherMethods(http, '/events', 'GET', 'POST');
  http.route({
    method: ['GET', 'POST'],
    url: '/events/get_data',
    config: { access: 'names' },
    handler: (request, reply) => {
      const { text = '' } = (request.body ?? {}) as { text?: string };
      const params = new Params({ query: request.query, body: parseForm(text) });
      const found = events.find({
        fromS: timeOf(params, 'from', nowS()),
        untilS: timeOf(params, 'until', nowS()),
        tags: params.last('tags')?.split(/\s+/).filter(Boolean),
        any: params.last('set') === 'union',
      });
      return sendJsonp(reply, params, found.map(shown));
    },
  });
  http.get<{ Params: { id: string } }>(
    '/events/:id',
    { config: { access: 'names' } },
    (request, reply) => {
      const event = events.get(Number(request.params.id));
      if (event !== undefined) return sendJson(reply, paramsOf(request), shown(event));
      throw new CarbonbusError('NOT_FOUND', `there is no event ${request.params.id}`);
    },
  );
}

/** Those of the URL alone: a body is an event. */
function paramsOf({ query }: FastifyRequest): Params {
  return new Params({ query });
}

function timeOf(params: Params, name: string, nowS: number): number | undefined {
  const text = params.last(name);
  if (text === undefined) return undefined;
  const time = parseTime(text, nowS, UTC, name);
  if (time instanceof BadRequest) throw new CarbonbusError('BAD_REQUEST', time.message);
  return time;
}

function shown({ when, what, data, tags, id }: StoredEvent): JsonValue {
  return { when, what, data, tags, id };
}

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Query } from '../../actors/query/query.js';
import type { Tags, TagsAnswer } from '../../actors/query/tags.js';
import { CarbonbusError, errorCode, errorText } from '../../errors.js';
import type { TagQuestion } from '../../protocols/messages.js';
import { tagFault } from '../../protocols/tag-fault.js';
import { formatTags, parseSeries } from '../../protocols/tags.js';
import { sendJson } from './graphite-json.js';
import { inquiryOf } from './inquiries.js';
import { otherMethods } from './methods.js';
import { Params, pythonInt } from './params.js';

/** Series, tags or values in one answer, where the request says nothing, and at most. */
const LIMIT_MAX = 100_000;
const COMPLETIONS = 100;
/** Names of one change. */
const PATHS_MAX = 10_000;

/** Those that change the index are for tokens of all names. */
const CHANGES = ['/tagSeries', '/tagMultiSeries', '/delSeries'];

type Answer = (tags: Tags, params: Params, reply: FastifyReply) => Promise<FastifyReply>;

/** `/tags`: the tag index, as graphite-web has it; errors are `{"error": ...}`. */
export function tagRoutes(query: Query) {
  return (http: FastifyInstance): void => {
    const route = (url: string, methods: ('GET' | 'POST')[], answer: Answer): void => {
      http.route({
        method: methods,
        url: `/tags${url}`,
        ...(!CHANGES.includes(url) && { config: { access: 'names' } }),
        handler: (request, reply) => answered(query, answer, request, reply),
      });
      otherMethods(http, `/tags${url}`, ...methods);
    };
    route('', ['GET'], listTags);
    route('/findSeries', ['GET', 'POST'], findSeries);
    route('/autoComplete/tags', ['GET', 'POST'], completeTags);
    route('/autoComplete/values', ['GET', 'POST'], completeValues);
    route('/tagSeries', ['POST'], tagSeries);
    route('/tagMultiSeries', ['POST'], tagMultiSeries);
    route('/delSeries', ['POST'], delSeries);
    http.get<{ Params: { tag: string } }>(
      '/tags/:tag',
      { config: { access: 'names' } },
      (request, reply) => {
        const { tag } = request.params;
        const values: Answer = (tags, params) => listValues(tags, tag, params, reply);
        return answered(query, values, request, reply);
      },
    );
    otherMethods(http, '/tags/:tag', 'GET');
  };
}

/** The answer of the index, which says where our own limit cuts it off. */
async function ask(tags: Tags, asked: TagQuestion): Promise<TagsAnswer> {
  const answer = await tags.ask(asked);
  if (answer.texts.length >= LIMIT_MAX) tags.inquiry.noteCutOff(LIMIT_MAX);
  return answer;
}

async function listTags(tags: Tags, params: Params, reply: FastifyReply): Promise<FastifyReply> {
  const pattern = params.last('filter') ?? '';
  const answer = await ask(tags, { ...question(params, { pattern }), of: 'tags' });
  return sendJson(
    reply,
    params,
    answer.texts.map((tag, i) => ({ id: i + 1, tag })),
  );
}

async function listValues(
  tags: Tags,
  tag: string,
  params: Params,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const pattern = params.last('filter') ?? '';
  const asked = { ...question(params, { pattern }), of: 'values' as const, tag };
  const answer = await ask(tags, asked);
  const { texts, counts } = answer;
  const isKnown = texts.length > 0 || (await isTag(tags, tag));
  const values = texts.map((value, i) => ({ id: i + 1, value, count: counts[i] }));
  return sendJson(reply, params, isKnown ? { id: 1, tag, values } : null);
}

async function isTag(tags: Tags, tag: string): Promise<boolean> {
  const all = { expressions: [], prefix: '', pattern: '', limit: 1 };
  return (await tags.ask({ ...all, of: 'values', tag })).texts.length > 0;
}

async function findSeries(tags: Tags, params: Params, reply: FastifyReply): Promise<FastifyReply> {
  const expressions = params.several('expr');
  if (expressions.length === 0) throw refused('no tag expressions specified');
  // As in graphite-web, `limit` is for completions.
  const all = { expressions, prefix: '', pattern: '', limit: LIMIT_MAX };
  const answer = await ask(tags, { ...all, of: 'series' });
  return sendJson(reply, params, answer.texts);
}

async function completeTags(
  tags: Tags,
  params: Params,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const expressions = params.several('expr');
  const prefix = params.last('tagPrefix') ?? '';
  const asked = question(params, { expressions, prefix }, completionLimit(params));
  const answer = await ask(tags, { ...asked, of: 'tags' });
  return sendJson(reply, params, answer.texts);
}

async function completeValues(
  tags: Tags,
  params: Params,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const tag = params.last('tag') ?? '';
  if (tag === '') throw refused('no tag specified');
  const some = params.several('expr');
  const expressions = some.length === 0 ? [] : [...some, `${tag}!=`];
  const prefix = params.last('valuePrefix') ?? '';
  const asked = question(params, { expressions, prefix }, completionLimit(params));
  const answer = await ask(tags, { ...asked, of: 'values', tag });
  return sendJson(reply, params, answer.texts);
}

async function tagSeries(tags: Tags, params: Params, reply: FastifyReply): Promise<FastifyReply> {
  const path = params.last('path') ?? '';
  if (path === '') throw refused('no path specified');
  const names = await changed([path], (some) => tags.register(some));
  return sendJson(reply, params, names[0]);
}

async function tagMultiSeries(
  tags: Tags,
  params: Params,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const paths = params.several('path');
  if (paths.length === 0) throw refused('no paths specified');
  return sendJson(reply, params, await changed(paths, (some) => tags.register(some)));
}

async function delSeries(tags: Tags, params: Params, reply: FastifyReply): Promise<FastifyReply> {
  const paths = params.several('path');
  if (paths.length === 0) throw refused('no path specified');
  await changed(paths, (some) => tags.remove(some));
  return sendJson(reply, params, true);
}

/** Changes all names up to the first that cannot be read, whose fault is then thrown. Gives them normalised. */
async function changed(
  paths: readonly string[],
  change: (names: readonly string[]) => Promise<void>,
): Promise<string[]> {
  if (paths.length > PATHS_MAX) throw refused(`path: at most ${PATHS_MAX} are allowed`);
  const names: string[] = [];
  let fault: string | undefined;
  for (const path of paths) {
    const series = parseSeries(path);
    if (series === undefined) {
      fault = tagFault(path) ?? `Cannot parse path ${path}`;
      break;
    }
    names.push(formatTags(series.tags));
  }
  await change(names);
  if (fault !== undefined) throw new CarbonbusError('UNREADABLE_PATH', fault);
  return names;
}

/** Of completions an empty limit is a mistake, of tags and values it is none. */
function completionLimit(params: Params): string {
  return params.last('limit') ?? String(COMPLETIONS);
}

function question(
  params: Params,
  asked: { expressions?: string[]; prefix?: string; pattern?: string },
  limitText = params.last('limit') || String(LIMIT_MAX),
): Omit<TagQuestion, 'of'> {
  const limit = pythonInt(limitText);
  if (typeof limit !== 'number') throw refused(limit.reason);
  return {
    expressions: asked.expressions ?? [],
    prefix: asked.prefix ?? '',
    pattern: asked.pattern ?? '',
    // Less than none is none, as in SQL.
    limit: limit < 0 ? LIMIT_MAX : Math.min(limit, LIMIT_MAX),
  };
}

/** What is wrong goes out as graphite-web has it; a name that cannot be read is a failure of the server there. */
async function answered(
  query: Query,
  answer: Answer,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const params = new Params(request);
  try {
    return await answer(query.for(inquiryOf(request)).tags, params, reply);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'BAD_REQUEST' && code !== 'UNREADABLE_PATH') throw error;
    const status = code === 'BAD_REQUEST' ? 400 : 500;
    return sendJson(reply.status(status), params, { error: errorText(error) });
  }
}

function refused(reason: string): CarbonbusError {
  return new CarbonbusError('BAD_REQUEST', reason);
}

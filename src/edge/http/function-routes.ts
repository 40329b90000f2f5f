import type { FastifyInstance } from 'fastify';
import type { JsonValue } from '../../query/formats/python-json.js';
import { type FunctionInfo, functionInfo } from '../../query/functions/function-table.js';
import { PIE_FUNCTIONS } from '../../query/functions/pie-functions.js';
import { FUNCTIONS } from '../../query/functions/registry.js';
import { sendJson } from './graphite-json.js';
import { otherMethods } from './methods.js';
import { Params } from './params.js';

/** `/functions`: what the functions of targets take and give, for editors of queries. */
export function functionRoutes(http: FastifyInstance): void {
  http.get('/functions', { config: { access: 'open' } }, (request, reply) => {
    const params = new Params(request);
    const group = params.last('group');
    const all = infosOf(params).filter((info) => group === undefined || info.group === group);
    return sendJson(reply, params, isTrue(params.last('grouped')) ? grouped(all) : byName(all));
  });
  otherMethods(http, '/functions', 'GET');
  http.get<{ Params: { name: string } }>(
    '/functions/:name',
    { config: { access: 'open' } },
    (request, reply) => {
      const params = new Params(request);
      const { name } = request.params;
      const info = infosOf(params).find((one) => one.name === name);
      if (info !== undefined) return sendJson(reply, params, shown(info));
      return sendJson(reply.status(404), params, { error: `Function not found: ${name}` });
    },
  );
  otherMethods(http, '/functions/:name', 'GET');
}

/** Sorted by name; an alias is a function of its own. */
function infosOf(params: Params): FunctionInfo[] {
  const infos =
    params.last('type') === 'pie'
      ? [...PIE_FUNCTIONS.values()]
      : [...FUNCTIONS].map(([name, declaration]) => functionInfo(name, declaration));
  return infos.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function byName(infos: readonly FunctionInfo[]): { [name: string]: JsonValue } {
  return Object.fromEntries(infos.map((info) => [info.name, shown(info)]));
}

function grouped(infos: readonly FunctionInfo[]): JsonValue {
  const groups: { [group: string]: { [name: string]: JsonValue } } = {};
  for (const info of infos) {
    groups[info.group] ??= {};
    groups[info.group][info.name] = shown(info);
  }
  return groups;
}

function shown(info: FunctionInfo): JsonValue {
  return { ...info, params: info.params.map((param) => ({ ...param })) };
}

function isTrue(text: string | undefined): boolean {
  return text !== undefined && !['', '0', 'false'].includes(text.toLowerCase());
}

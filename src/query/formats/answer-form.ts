import { BadRequest, quoted } from '../bad-request.js';
import type { Parameters } from '../render-request.js';
import {
  type FormatOptions,
  isWrittenFormat,
  parseCallback,
  type WrittenFormat,
} from './format.js';
import { type GraphOptions, parseGraphOptions } from './graph-options.js';

export type GraphType = 'line' | 'pie';

/** In which form a request to `/render` wants its answer. */
export type AnswerForm =
  | { readonly kind: 'written'; readonly format: WrittenFormat; readonly options: FormatOptions }
  | { readonly kind: 'carbonapiV2' }
  | { readonly kind: 'carbonapiV3' }
  | {
      readonly kind: 'drawn';
      readonly format: 'svg' | 'png';
      readonly graphType: GraphType;
      readonly graph: GraphOptions;
      readonly jsonp: string | undefined;
    };

/** Names of carbonapi's protocols among the formats. */
const CARBONAPI_V2 = ['protobuf', 'protobuf3', 'carbonapi_v2_pb'];
const CARBONAPI_V3 = 'carbonapi_v3_pb';
/** The `Accept` header of carbonapi's protocol v3, which counts more than the format. */
export const CARBONAPI_V3_TYPE = 'application/x-carbonapi-v3-pb';
export const CARBONAPI_V2_TYPE = 'application/x-protobuf';

export function isCarbonapiV2(format: string | undefined): boolean {
  return format !== undefined && CARBONAPI_V2.includes(format);
}

export function isCarbonapiV3(format: string | undefined, accept: string | undefined): boolean {
  return format === CARBONAPI_V3 || accept === CARBONAPI_V3_TYPE;
}

/**
 * Reads the form of the answer. As in graphite-web a format that nobody knows, or none, is a drawing (PNG), and a pie is
 * one whatever the format says.
 */
export function parseAnswerForm(
  parameters: Parameters,
  accept: string | undefined,
): AnswerForm | BadRequest {
  const format = formatOf(parameters);
  if (isCarbonapiV3(format, accept)) return { kind: 'carbonapiV3' };
  if (isCarbonapiV2(format)) return { kind: 'carbonapiV2' };
  const graphType = parameters.last('graphType') ?? 'line';
  if (graphType !== 'line' && graphType !== 'pie') {
    return new BadRequest('graphType', `${quoted(graphType)} is not known: line and pie are`);
  }
  const cacheTimeout = parameters.last('cacheTimeout') ?? '0';
  if (!/^\s*[+-]?\d+\s*$/.test(cacheTimeout)) {
    return new BadRequest('cacheTimeout', `${quoted(cacheTimeout)} is no whole number`);
  }
  const jsonp = parseCallback(parameters.last('jsonp'));
  if (jsonp instanceof BadRequest) return jsonp;
  if (isWrittenFormat(format) && graphType === 'line') {
    const pretty = (parameters.last('pretty') ?? '') !== '';
    const targets = parameters.all('target');
    return { kind: 'written', format, options: { pretty, jsonp, targets } };
  }
  if (format === 'pdf') return new BadRequest('format', 'pdf is not drawn: svg and png are');
  const graph = parseGraphOptions(parameters);
  if (graph instanceof BadRequest) return graph;
  return { kind: 'drawn', format: format === 'svg' ? 'svg' : 'png', graphType, graph, jsonp };
}

function formatOf(parameters: Parameters): string | undefined {
  const format = parameters.last('format');
  if (format !== undefined) return format;
  if (parameters.last('rawData') !== undefined) return 'raw';
  return parameters.last('pickle') === undefined ? undefined : 'pickle';
}

import type { Completeness } from '../../actors/query/replicas.js';

/** How complete an answer is. In headers, since Grafana reads the body. */
export function completenessHeaders(answer: Completeness): Record<string, string> {
  return {
    'x-carbonbus-shards-asked': String(answer.shardsAsked),
    'x-carbonbus-shards-answered': String(answer.shardsAnswered),
    'x-carbonbus-points-filled': String(answer.filledPoints),
  };
}

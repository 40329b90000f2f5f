/** Something that happened, for annotations of graphs: what graphite-web calls an event. */
export interface GraphiteEvent {
  /** Seconds since the epoch. */
  readonly when: number;
  readonly what: string;
  readonly data: string;
  readonly tags: readonly string[];
}

/** Bytes of the JSON of one event. */
export const EVENT_BYTES_MAX = 64 * 1024;

/** Why a body is no event, in graphite-web's words where it has some. */
export class EventRefusal {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/**
 * Reads the JSON of an event as it is posted: `{"what": text, "tags": "a b" or ["a", "b"], "when": seconds, "data": text}`,
 * of which only `what` is needed.
 *
 * @param nowS when it happened, where the body does not say
 */
export function parseEvent(text: string, nowS: number): GraphiteEvent | EventRefusal {
  if (text.length > EVENT_BYTES_MAX) {
    return new EventRefusal(`an event has ${EVENT_BYTES_MAX} characters at most`);
  }
  const body = parseJson(text);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return new EventRefusal('an event is a JSON object: {"what": "...", "tags": "..."}');
  }
  const { what, when = nowS, data, tags } = body as Record<string, unknown>;
  const list = typeof tags === 'string' ? [tags] : (tags ?? []);
  if (!Array.isArray(list) || !list.every((tag) => typeof tag === 'string')) {
    return new EventRefusal('"tags" must be an array or space-separated string');
  }
  if (typeof what !== 'string') return new EventRefusal('"what" must be a text');
  const timeS = typeof when === 'string' ? Number(when) : when;
  if (typeof timeS !== 'number' || !Number.isFinite(timeS)) {
    return new EventRefusal('"when" must be seconds since the epoch');
  }
  const told = data ?? '';
  const shownData = typeof told === 'string' ? told : JSON.stringify(told);
  const separate = list.flatMap((some: string) => some.split(/\s+/).filter(Boolean));
  return { when: Math.floor(timeS), what, data: shownData, tags: separate };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

import { BadRequest, quoted } from './bad-request.js';
import { parseMaxDataPoints } from './consolidate.js';
import { type Expression, parseTarget } from './target.js';
import type { TimeZone } from './time-zone.js';
import { parseWindow, type Window } from './window.js';

/** The parameters of a request, from its URL and its form body. */
export interface Parameters {
  all(name: string): readonly string[];
  /** The last value of a name, which counts where there are several. */
  last(name: string): string | undefined;
  names(): readonly string[];
}

/** What a request to `/render` asks for, whatever its format. */
export interface RenderRequest {
  readonly targets: readonly Expression[];
  readonly window: Window;
  /** Undefined, for no limit, in all formats but JSON: graphite-web shortens no other. */
  readonly maxDataPoints: number | undefined;
  /** The part of the values of a consolidated point that must be known, 0 to 1. */
  readonly xFilesFactor: number;
  /** Points without a value are left out, and with them series without points. */
  readonly noNullPoints: boolean;
  /** What `template[name]` gives for the variables of templates. */
  readonly templateVariables: ReadonlyMap<string, string>;
}

/** Reads the parameters of `/render`; blank targets ask for nothing. */
export function parseRenderRequest(
  parameters: Parameters,
  nowS: number,
  defaultZone: TimeZone,
): RenderRequest | BadRequest {
  const window = parseWindow(
    {
      from: parameters.last('from'),
      until: parameters.last('until'),
      now: parameters.last('now'),
      tz: parameters.last('tz'),
    },
    nowS,
    defaultZone,
  );
  if (window instanceof BadRequest) return window;
  const isShortened = parameters.last('format') === 'json';
  const maxDataPoints = isShortened
    ? parseMaxDataPoints(parameters.last('maxDataPoints'))
    : undefined;
  const xFilesFactor = parseXFilesFactor(parameters.last('xFilesFactor'));
  if (xFilesFactor instanceof BadRequest) return xFilesFactor;
  const targets: Expression[] = [];
  for (const text of [...parameters.all('target'), ...parameters.all('target[]')]) {
    const target = parseTarget(text);
    if (target instanceof BadRequest) return target;
    if (target !== null) targets.push(target);
  }
  const noNullPoints = parameters.last('noNullPoints') !== undefined;
  const templateVariables = parseTemplateVariables(parameters);
  return { targets, window, maxDataPoints, xFilesFactor, noNullPoints, templateVariables };
}

function parseTemplateVariables(parameters: Parameters): Map<string, string> {
  const variables = new Map<string, string>();
  for (const parameter of parameters.names()) {
    const name = /^template\[(.*)\]$/.exec(parameter)?.[1];
    if (name !== undefined) variables.set(name, parameters.last(parameter) ?? '');
  }
  return variables;
}

function parseXFilesFactor(text: string | undefined): number | BadRequest {
  if (text === undefined) return 0;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && value <= 1) return value;
  return new BadRequest('xFilesFactor', `${quoted(text)} is no number from 0 to 1`);
}

import { BadRequest, quoted } from '../bad-request.js';
import type { Parameters } from '../render-request.js';
import { LINE_COLOURS, parseColour } from './colour.js';

const SIDE_PX_MAX = 8_000;
const PIXELS_MAX = 16_000_000;
const TEXT_LENGTH_MAX = 1_000;
const COLOURS_MAX = 1_000;

export const LINE_MODES = ['slope', 'staircase', 'connected'] as const;
export const AREA_MODES = ['none', 'first', 'all', 'stacked'] as const;
export const PIE_MODES = ['average', 'maximum', 'minimum'] as const;
export const UNIT_SYSTEMS = ['si', 'binary', 'none'] as const;

/** The looks of a drawing: graphite's parameters of the same names, plain so that a worker can be handed them. */
export interface GraphOptions {
  readonly width: number;
  readonly height: number;
  readonly margin: number;
  /** Colours as `#rrggbb[aa]`. */
  readonly bgcolor: string;
  readonly fgcolor: string;
  readonly majorGridLineColor: string;
  readonly colorList: readonly string[];
  readonly fontSize: number;
  readonly title: string;
  readonly vtitle: string;
  readonly lineMode: (typeof LINE_MODES)[number];
  readonly lineWidth: number;
  readonly areaMode: (typeof AREA_MODES)[number];
  readonly areaAlpha: number;
  readonly pieMode: (typeof PIE_MODES)[number];
  readonly yUnitSystem: (typeof UNIT_SYSTEMS)[number];
  readonly yMin: number | undefined;
  readonly yMax: number | undefined;
  readonly logBase: number | undefined;
  readonly drawNullAsZero: boolean;
  /** Undefined: hidden where it would be long. */
  readonly hideLegend: boolean | undefined;
  readonly hideGrid: boolean;
  readonly hideXAxis: boolean;
  readonly hideYAxis: boolean;
}

/** Reads what a request says of its drawing. Empty values and `default` count as none. */
export function parseGraphOptions(parameters: Parameters): GraphOptions | BadRequest {
  const read = new Reader(parameters);
  const graphOnly = read.flag('graphOnly') ?? false;
  const hideAxes = graphOnly || (read.flag('hideAxes') ?? false);
  const options: GraphOptions = {
    width: read.whole('width', 330, SIDE_PX_MAX),
    height: read.whole('height', 250, SIDE_PX_MAX),
    margin: graphOnly ? 0 : (read.number('margin', { min: 0, max: 1_000 }) ?? 10),
    bgcolor: read.colour('bgcolor', '#ffffff'),
    fgcolor: read.colour('fgcolor', '#000000'),
    majorGridLineColor: read.colour('majorGridLineColor', '#c896c8'),
    colorList: read.colours('colorList'),
    fontSize: read.number('fontSize', { min: 1, max: 200 }) ?? 10,
    title: graphOnly ? '' : read.text('title'),
    vtitle: graphOnly ? '' : read.text('vtitle'),
    lineMode: read.choice('lineMode', LINE_MODES),
    lineWidth: read.number('lineWidth', { min: 0, max: 100 }, 'thickness') ?? 1.2,
    areaMode: read.choice('areaMode', AREA_MODES),
    areaAlpha: read.number('areaAlpha', { min: 0, max: 1 }) ?? 1,
    pieMode: read.choice('pieMode', PIE_MODES),
    yUnitSystem: read.choice('yUnitSystem', UNIT_SYSTEMS),
    yMin: read.number('yMin', ANY, 'min'),
    yMax: read.number('yMax', ANY, 'max'),
    logBase: read.number('logBase', { min: 1.01, max: 1_000_000 }),
    drawNullAsZero: read.flag('drawNullAsZero') ?? false,
    hideLegend: graphOnly ? true : read.flag('hideLegend'),
    hideGrid: hideAxes || (read.flag('hideGrid') ?? false),
    hideXAxis: hideAxes || (read.flag('hideXAxis') ?? false),
    hideYAxis: hideAxes || (read.flag('hideYAxis') ?? false),
  };
  if (options.width * options.height > PIXELS_MAX) {
    read.refuse('width', `times height is more than ${PIXELS_MAX} pixels`);
  }
  return read.refusal ?? options;
}

interface Range {
  readonly min: number;
  readonly max: number;
}

const ANY: Range = { min: -Number.MAX_VALUE, max: Number.MAX_VALUE };

/** Reads parameters one after the other; the first that is wrong is kept as the refusal of all. */
class Reader {
  refusal: BadRequest | undefined;
  readonly #parameters: Parameters;

  constructor(parameters: Parameters) {
    this.#parameters = parameters;
  }

  refuse(name: string, reason: string): void {
    this.refusal ??= new BadRequest(name, reason);
  }

  text(name: string): string {
    const text = this.#given(name) ?? '';
    if (text.length > TEXT_LENGTH_MAX) {
      this.refuse(name, `is longer than ${TEXT_LENGTH_MAX} characters`);
    }
    return text;
  }

  flag(name: string): boolean | undefined {
    const text = this.#given(name)?.toLowerCase();
    return text === undefined ? undefined : text !== 'false' && text !== '0';
  }

  whole(name: string, without: number, max: number): number {
    const value = this.number(name, { min: 1, max }) ?? without;
    if (!Number.isInteger(value)) this.refuse(name, `${value} is no whole number`);
    return value;
  }

  number(name: string, { min, max }: Range, olderName = name): number | undefined {
    const text = this.#given(name) ?? this.#given(olderName);
    if (text === undefined) return undefined;
    const value = text === 'e' && name === 'logBase' ? Math.E : Number(text);
    if (value >= min && value <= max) return value;
    const range = max === Number.MAX_VALUE ? '' : ` from ${min} to ${max}`;
    this.refuse(name, `${quoted(text)} is no number${range}`);
    return undefined;
  }

  /** One of `choices`, in any case; the first one without the parameter. */
  choice<T extends string>(name: string, choices: readonly T[]): T {
    const text = this.#given(name)?.toLowerCase();
    const chosen = text === undefined ? choices[0] : choices.find((choice) => choice === text);
    if (chosen === undefined) this.refuse(name, `is one of ${choices.join(', ')}`);
    return chosen ?? choices[0];
  }

  colour(name: string, without: string): string {
    const text = this.#given(name);
    return text === undefined ? without : this.#colour(name, text);
  }

  colours(name: string): readonly string[] {
    const texts = this.#given(name)?.split(',');
    if (texts === undefined) return LINE_COLOURS;
    if (texts.length > COLOURS_MAX) this.refuse(name, `has more than ${COLOURS_MAX} colours`);
    return texts.slice(0, COLOURS_MAX).map((text) => this.#colour(name, text.trim()));
  }

  #colour(name: string, text: string): string {
    const colour = parseColour(text);
    if (colour === undefined) {
      this.refuse(name, `${quoted(text)} is no colour: give rrggbb, or a name such as red`);
    }
    return colour ?? LINE_COLOURS[0];
  }

  #given(name: string): string | undefined {
    const text = this.#parameters.last(name);
    return text === '' || text?.toLowerCase() === 'default' ? undefined : text;
  }
}

/** Graphite's names of colours, which are not those of CSS. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ['black', '#000000'],
  ['white', '#ffffff'],
  ['blue', '#6464ff'],
  ['green', '#00c800'],
  ['red', '#c80032'],
  ['yellow', '#ffff00'],
  ['orange', '#ffa500'],
  ['purple', '#c864ff'],
  ['brown', '#966432'],
  ['cyan', '#00ffff'],
  ['aqua', '#009696'],
  ['gray', '#afafaf'],
  ['grey', '#afafaf'],
  ['magenta', '#ff00ff'],
  ['pink', '#ff6464'],
  ['gold', '#c8c800'],
  ['rose', '#c896c8'],
  ['darkblue', '#0000ff'],
  ['darkgreen', '#00ff00'],
  ['darkred', '#ff0000'],
  ['darkgray', '#6f6f6f'],
  ['darkgrey', '#6f6f6f'],
]);

/** The colours of series that have none of their own, in turn. */
export const LINE_COLOURS: readonly string[] = [
  'blue',
  'green',
  'red',
  'purple',
  'brown',
  'yellow',
  'aqua',
  'grey',
  'magenta',
  'pink',
  'gold',
  'rose',
].map((name) => NAMES.get(name)!);

const HEX = /^(?:#|%23)?([0-9a-f]{6}(?:[0-9a-f]{2})?)$/i;

/** A colour as graphite's parameters give it, a name or `rrggbb[aa]`, in the form `#rrggbb[aa]`; undefined for others. */
export function parseColour(text: string): string | undefined {
  const hex = HEX.exec(text);
  return hex ? `#${hex[1].toLowerCase()}` : NAMES.get(text.toLowerCase());
}

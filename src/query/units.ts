const DAY_S = 86_400;

/** Prefixes for what a value is a multiple of, largest first, by graphite's unit systems. */
const UNIT_SYSTEMS: ReadonlyMap<string, readonly [prefix: string, size: number][]> = new Map([
  [
    'binary',
    [
      ['Pi', 1024 ** 5],
      ['Ti', 1024 ** 4],
      ['Gi', 1024 ** 3],
      ['Mi', 1024 ** 2],
      ['Ki', 1024],
    ],
  ],
  [
    'si',
    [
      ['P', 1000 ** 5],
      ['T', 1000 ** 4],
      ['G', 1000 ** 3],
      ['M', 1000 ** 2],
      ['k', 1000],
    ],
  ],
  [
    'sec',
    [
      ['Y', 365 * DAY_S],
      ['M', 30 * DAY_S],
      ['D', DAY_S],
      ['H', 3600],
      ['m', 60],
    ],
  ],
  [
    'msec',
    [
      ['Y', 365 * DAY_S * 1000],
      ['M', 30 * DAY_S * 1000],
      ['D', DAY_S * 1000],
      ['H', 3_600_000],
      ['m', 60_000],
      ['s', 1000],
    ],
  ],
  ['none', []],
]);

/** Values this little above a whole number are taken for it. */
const WHOLE = 1e-11;

export function isUnitSystem(name: string): boolean {
  return UNIT_SYSTEMS.has(name);
}

/** A value in the largest unit of a system that it has one of, and that unit's prefix. */
export function inUnits(value: number, system: string): [value: number, prefix: string] {
  const fitting = UNIT_SYSTEMS.get(system)?.find(([, size]) => Math.abs(value) >= size);
  const [prefix, size] = fitting ?? ['', 1];
  const scaled = value / size;
  const isWhole = scaled - Math.floor(scaled) < WHOLE && value > 1;
  return [isWhole ? Math.floor(scaled) : scaled, prefix];
}

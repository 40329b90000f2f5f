/** What a text in a configuration file means, or why it means nothing. `reason` completes "must be ...". */
export type Parsed<T> = { value: T } | { reason: string };

/** One kind of value that a setting can have. */
export interface Kind<T> {
  /** For the documentation, with unit and limits: `a whole number, 1 to 16`. */
  readonly description: string;
  /** What must not be shown. */
  readonly isSecret?: true;
  parse(text: string): Parsed<T>;
}

export interface Limits {
  readonly min: number;
  readonly max: number;
}

/** A node of this datacentre and the zone (host, rack, room) whose loss it shares with its neighbours. */
export interface NodePlace {
  readonly name: string;
  readonly zone: string;
}

const TRUE_WORDS = new Set(['1', 'yes', 'true', 'on']);
const FALSE_WORDS = new Set(['0', 'no', 'false', 'off']);
const SECONDS_PER_UNIT: Record<string, number> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};
const BYTES_PER_UNIT: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** True for what may be a part of a NATS subject and the name of a folder. */
function isName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(text);
}

/** Any text; empty only where `optional`. */
export function text(description: string, optional = false): Kind<string> {
  return {
    description: optional ? `${description}, or empty` : description,
    parse: (value) =>
      value === '' && !optional ? { reason: `${description}, not empty` } : { value },
  };
}

/** A text that nobody is shown; empty where there is none. */
export function secret(description: string): Kind<string> {
  return { ...text(description, true), isSecret: true };
}

/** A folder, without the slash that Carbon's examples end it with. */
export const folder: Kind<string> = {
  description: 'a folder',
  parse: (value) =>
    value === '' ? { reason: 'a folder, not empty' } : { value: value.replace(/(?<=.)\/+$/, '') },
};

/** A name that becomes a part of subjects and of folder names. */
export const nameToken: Kind<string> = {
  description: 'a name of letters, digits, _ and -',
  parse: (value) =>
    isName(value) ? { value } : { reason: 'a name of at most 64 letters, digits, _ and -' },
};

/** `name, name, ...`, each a `nameToken`; empty for none. */
export function nameList(most: number): Kind<readonly string[]> {
  const description = `names of letters, digits, _ and -, with commas between; ${most} at most`;
  return {
    description,
    parse: (value) => {
      const names = value === '' ? [] : value.split(',').map((part) => part.trim());
      const valid = names.every(isName) && new Set(names).size === names.length;
      return valid && names.length <= most
        ? { value: Object.freeze(names) }
        : { reason: `distinct ${description}` };
    },
  };
}

/** Printable ASCII without blanks. */
export const nameCharacters: Kind<string> = {
  description: 'printable ASCII characters',
  parse: (value) =>
    /^[!-~]*$/.test(value) ? { value } : { reason: 'printable ASCII characters, without blanks' },
};

/** Carbon's truth values: `True`, `yes`, `on`, `1` and their opposites, in any case. */
export const boolean: Kind<boolean> = {
  description: 'True or False',
  parse: (value) => {
    const word = value.toLowerCase();
    if (TRUE_WORDS.has(word)) return { value: true };
    return FALSE_WORDS.has(word) ? { value: false } : { reason: 'True or False' };
  },
};

/** A whole number. `inf`, which Carbon allows for some limits, stands for `infinite` where that is given. */
export function count(limits: Limits, infinite?: number): Kind<number> {
  const read = (value: string): number =>
    infinite !== undefined && /^\+?inf(inity)?$/i.test(value) ? infinite : wholeNumber(value);
  const range = `${limits.min} to ${limits.max}`;
  const note = infinite === undefined ? '' : `; inf stands for ${infinite}`;
  return bounded(`a whole number, ${range}${note}`, limits, read);
}

/** How many at most in some time; `inf`, for no limit, is `Infinity`. */
export const rate: Kind<number> = {
  ...count({ min: 1, max: Number.POSITIVE_INFINITY }, Number.POSITIVE_INFINITY),
  description: 'a whole number from 1 on, or inf for no limit',
};

/** A duration, as seconds or with one of the units s m h d w; the value is in milliseconds. */
export function duration(limitsSeconds: Limits): Kind<number> {
  const range = `${limitsSeconds.min} to ${limitsSeconds.max}`;
  const kind = bounded(
    `a duration in seconds, or with a unit (15m, 24h, 7d); ${range}`,
    limitsSeconds,
    seconds,
  );
  return {
    description: kind.description,
    parse: (value) => {
      const parsed = kind.parse(value);
      return 'value' in parsed ? { value: Math.round(parsed.value * 1000) } : parsed;
    },
  };
}

/** A size in bytes, plain or with a unit (`128KiB`, `2GB`). */
export function bytes(limits: Limits): Kind<number> {
  return bounded(
    `a size in bytes, or with a unit (64KiB, 8MiB, 2GB); ${limits.min} to ${limits.max}`,
    limits,
    sizeInBytes,
  );
}

/** One of a few words. */
export function choice<const W extends string>(words: readonly W[]): Kind<W> {
  return {
    description: `one of ${words.join(', ')}`,
    parse: (value) => {
      const word = words.find((candidate) => candidate === value);
      return word === undefined ? { reason: `one of ${words.join(', ')}` } : { value: word };
    },
  };
}

/** Some of a few words, separated by commas; none of them where it is empty. */
export function choices<const W extends string>(words: readonly W[]): Kind<readonly W[]> {
  const description = `a list of ${words.join(', ')}; or empty`;
  const known = choice(words);
  return {
    description,
    parse: (value) => {
      const chosen: W[] = [];
      for (const item of value.split(',').map((part) => part.trim())) {
        if (item === '') continue;
        const parsed = known.parse(item);
        if ('reason' in parsed) return { reason: `${description} ("${item}" is none of them)` };
        chosen.push(parsed.value);
      }
      return { value: Object.freeze(chosen) };
    },
  };
}

/** The same, or Python's `None`, `inf` or nothing, which stand for `without`. */
export function optional<T>(kind: Kind<T>, without: T): Kind<T> {
  return {
    description: `${kind.description}; or None`,
    parse: (value) => (/^(none|inf|)$/i.test(value) ? { value: without } : kind.parse(value)),
  };
}

/** Percentiles, from below or, where negative, from above. */
export const percentiles: Kind<readonly number[]> = {
  description: 'a list of numbers from -100 to 100, but 0',
  parse: (value) => {
    const items = value.split(',').map((part) => part.trim());
    const numbers = items.filter((item) => item !== '').map(Number);
    return numbers.every((number) => Math.abs(number) > 0 && Math.abs(number) <= 100)
      ? { value: Object.freeze(numbers) }
      : { reason: 'a list of numbers from -100 to 100, but 0' };
  },
};

/** Permissions of a file, octal as for chmod. */
export const fileMode: Kind<number> = {
  description: 'permissions in octal, such as 0660',
  parse: (value) =>
    /^0?[0-7]{3}$/.test(value)
      ? { value: Number.parseInt(value, 8) }
      : { reason: 'permissions in octal, such as 0660' },
};

/** `name:zone, name:zone, ...`; a node without a zone is a zone of its own. */
export const nodeList: Kind<readonly NodePlace[]> = {
  description: 'name:zone, name:zone, ...',
  parse: (value) => {
    const nodes: NodePlace[] = [];
    for (const item of value.split(',').map((part) => part.trim())) {
      const [name, zone = name, ...rest] = item.split(':');
      if (!isName(name) || !isName(zone) || rest.length > 0)
        return { reason: `a list such as node1:zone1, node2:zone2 ("${item}" is not name:zone)` };
      if (nodes.some((node) => node.name === name))
        return { reason: `a list of distinct nodes (${name} stands there twice)` };
      nodes.push(Object.freeze({ name, zone }));
    }
    return { value: Object.freeze(nodes) };
  },
};

/** One of a few numbers. */
export function oneOf(numbers: readonly number[]): Kind<number> {
  const description = `one of ${numbers.join(', ')}`;
  return {
    description,
    parse: (value) => {
      const number = wholeNumber(value);
      return numbers.includes(number) ? { value: number } : { reason: description };
    },
  };
}

/** A producer at NATS, and the password that it shows. */
export interface ProducerAccess {
  readonly name: string;
  readonly password: string;
}

/** `name:password, name:password, ...`; a password may hold anything but commas. */
export const producerList: Kind<readonly ProducerAccess[]> = {
  description: 'name:password, name:password, ...',
  isSecret: true,
  parse: (value) => {
    const producers: ProducerAccess[] = [];
    for (const item of value === '' ? [] : value.split(',').map((part) => part.trim())) {
      const [, name = '', password = ''] = /^([^:]*):(.+)$/.exec(item) ?? [];
      if (!isName(name) || producers.some((other) => other.name === name))
        return { reason: 'a list such as app:secret, agent:other, each name once' };
      producers.push(Object.freeze({ name, password }));
    }
    return { value: Object.freeze(producers) };
  },
};

/** A number that `read` makes of a text, within limits. */
export function bounded(
  description: string,
  limits: Limits,
  read: (text: string) => number,
): Kind<number> {
  return {
    description,
    parse: (value) => {
      const number = read(value);
      return number >= limits.min && number <= limits.max
        ? { value: number }
        : { reason: description };
    },
  };
}

/** NaN for what is not a whole number, or is less than 0. */
export function wholeNumber(value: string): number {
  return /^\d+$/.test(value) ? Number(value) : Number.NaN;
}

function seconds(value: string): number {
  const match = /^(\d+(?:\.\d+)?|\.\d+)\s*([smhdw]?)$/.exec(value);
  return match === null ? Number.NaN : Number(match[1]) * (SECONDS_PER_UNIT[match[2]] ?? 1);
}

function sizeInBytes(value: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([A-Za-z]*)$/.exec(value);
  if (match === null) return Number.NaN;
  const unit = match[2] === '' ? 1 : BYTES_PER_UNIT[match[2]];
  return unit === undefined ? Number.NaN : Math.floor(Number(match[1]) * unit);
}

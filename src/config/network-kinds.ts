import { bounded, type Kind, wholeNumber } from './kinds.js';

/** An address to listen on. Names are left to the resolver of the system. */
export const networkInterface: Kind<string> = {
  description: 'an address',
  parse: (value) =>
    /^[\w.:-]+$/.test(value)
      ? { value }
      : { reason: 'an address to listen on, such as 127.0.0.1, 0.0.0.0 or ::1' },
};

/** A port; 0, where allowed, turns the listener off as it does in Carbon. */
export function port(zeroTurnsOff: boolean): Kind<number> {
  const description = zeroTurnsOff ? 'a port, 1 to 65535; 0 turns it off' : 'a port, 1 to 65535';
  return bounded(description, { min: zeroTurnsOff ? 0 : 1, max: 65_535 }, wholeNumber);
}

/** Origins of web pages, `*` for all; empty for none. */
export const originList: Kind<readonly string[]> = {
  description: 'https://host[:port], ... or *',
  parse: (value) => {
    const origins = value === '' ? [] : value.split(',').map((part) => part.trim());
    const bad = origins.find((origin) => origin !== '*' && !/^https?:\/\/[^/\s]+$/.test(origin));
    return bad === undefined
      ? { value: Object.freeze(origins) }
      : { reason: `origins such as https://grafana.example.org, or * ("${bad}" is none)` };
  },
};

/** `nats://host:port, ...`; empty where the default is derived from another setting. */
export const natsUrls: Kind<readonly string[]> = {
  description: 'nats://host:port, ...',
  parse: (value) => {
    const urls = value === '' ? [] : value.split(',').map((part) => part.trim());
    const bad = urls.find((url) => !/^(nats|tls):\/\/[\w.[\]:-]+$/.test(url) || !isPlace(url));
    return bad === undefined
      ? { value: Object.freeze(urls) }
      : { reason: `URLs such as nats://127.0.0.1:4222 ("${bad}" is none)` };
  },
};

/** `host:port` to listen on; empty for nowhere. */
export const address: Kind<{ readonly host: string; readonly port: number } | undefined> = {
  description: 'host:port',
  parse: (value) => {
    if (value === '') return { value: undefined };
    const [, host, digits] = /^(\[[\da-fA-F:]+\]|[\w.-]+):(\d+)$/.exec(value) ?? [];
    const number = Number(digits);
    return number >= 1 && number <= 65_535
      ? { value: Object.freeze({ host, port: number }) }
      : { reason: 'host:port, such as 127.0.0.1:7422 or 0.0.0.0:7422' };
  },
};

/** `scheme://host:port, ...`, of servers that know each other. */
export function serverUrls(scheme: string): Kind<readonly string[]> {
  const example = `${scheme}://nats1.example:7422`;
  const form = new RegExp(`^${scheme}://[\\w.[\\]:-]+:\\d+$`);
  return {
    description: `${scheme}://host:port, ...`,
    parse: (value) => {
      const urls = value === '' ? [] : value.split(',').map((part) => part.trim());
      const bad = urls.find((url) => !form.test(url) || !isPlace(url));
      return bad === undefined
        ? { value: Object.freeze(urls) }
        : { reason: `URLs such as ${example} ("${bad}" is none)` };
    },
  };
}

/** Lists of `serverUrls` with commas between; the servers of one list have blanks between. */
export function serverUrlGroups(scheme: string): Kind<readonly (readonly string[])[]> {
  const one = serverUrls(scheme);
  return {
    description: `${scheme}://host:port, ...; several servers of one datacentre with blanks between`,
    parse: (value) => {
      const groups: (readonly string[])[] = [];
      for (const group of value === '' ? [] : value.split(',')) {
        const parsed = one.parse(group.trim().replace(/\s+/g, ','));
        if ('reason' in parsed) return parsed;
        if (parsed.value.length > 0) groups.push(parsed.value);
      }
      return { value: Object.freeze(groups) };
    },
  };
}

/** Whether there can be such a host and port: `nats://nats1:99999` has the form alone. */
function isPlace(url: string): boolean {
  return URL.canParse(url.replace(/^[\w-]+:/, 'http:'));
}

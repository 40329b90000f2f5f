import { CarbonbusError } from '../errors.js';
import { withAsciiDigits } from './python-digits.js';

/** A carbon daemon that points are sent to. Its name among others is (host, instance); the port is only dialled. */
export interface Destination {
  readonly host: string;
  readonly port: number;
  readonly instance: string | null;
}

/**
 * Reads `host:port` or `host:port:instance` as carbon does (`parseDestination` of its `util.py`): an IPv6 address
 * stands in brackets, an instance may hold colons.
 *
 * Errors: `DESTINATION_INVALID`.
 */
export function parseDestination(text: string): Destination {
  const match = /^(?:\[(.*?)\]|(?!\[)([^:]*)):([^:]*)(?::(.*))?$/s.exec(text.trim());
  const port = withAsciiDigits(match?.[3] ?? '');
  if (match === null || !/^\s*[+-]?\d+(_\d+)*\s*$/.test(port)) {
    throw new CarbonbusError(
      'DESTINATION_INVALID',
      `destination '${text}': host:port or host:port:instance is needed, with an IPv6 address in brackets`,
    );
  }
  const [, bracketed, plain, , instance] = match;
  return {
    host: bracketed ?? plain,
    port: Number(port.replaceAll('_', '')),
    instance: instance ?? null,
  };
}

/** A comma-separated list of destinations, as `DESTINATIONS` and `relay-rules.conf` have them. */
export function parseDestinations(text: string): Destination[] {
  return text.split(',').map(parseDestination);
}

/** A destination as its user would write it. */
export function destinationText({ host, port, instance }: Destination): string {
  const address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return instance === null ? address : `${address}:${instance}`;
}

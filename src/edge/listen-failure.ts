import { CarbonbusError, errorCode, errorText } from '../errors.js';

const REMEDIES: Record<string, string> = {
  EADDRINUSE: 'is in use by another process',
  EACCES: 'needs more rights than this process has',
  EADDRNOTAVAIL: 'is not an address of this machine',
};

/** One clear line for a listener that cannot listen, naming the setting. */
export function listenFailure(
  cause: unknown,
  address: { host: string; port: number },
  setting: string,
): CarbonbusError {
  const code = errorCode(cause);
  const why = (code && REMEDIES[code]) ?? errorText(cause);
  return new CarbonbusError(
    'CANNOT_LISTEN',
    `${address.host}:${address.port} ${why}: free it, or change ${setting}`,
    { cause },
  );
}

import type { TlsOptions } from 'node:tls';
import { tlsOptions } from '../edge/tls-files.js';
import type { Files } from '../storage/files.js';

/** The PEM files of some listeners; an empty path for none. */
export interface ListenerPem {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string;
}

/**
 * What the listeners need whose settings begin with `prefix`.
 *
 * @throws CarbonbusError `TLS_INVALID`, with one line that names the settings
 */
export function listenerTls(
  files: Files,
  prefix: 'RECEIVER_TLS' | 'API_TLS',
  { certificate, key, clientCa }: ListenerPem,
): TlsOptions {
  return tlsOptions(files, {
    certificate: { path: certificate, setting: `${prefix}_CERTIFICATE` },
    key: { path: key, setting: `${prefix}_KEY` },
    clientCa: clientCa === '' ? undefined : { path: clientCa, setting: `${prefix}_CLIENT_CA` },
  });
}

import { createSecureContext, type TlsOptions } from 'node:tls';
import { CarbonbusError, errorText } from '../errors.js';
import type { Files } from '../storage/files.js';

/** A PEM file, and the setting that names it. */
export interface PemFile {
  readonly path: string;
  readonly setting: string;
}

/**
 * What a listener needs to speak TLS. With `clientCa` it lets in only who has a certificate of one of these CAs.
 *
 * @throws CarbonbusError `TLS_INVALID`, with one line that names the settings
 */
export function tlsOptions(
  files: Files,
  pem: { certificate: PemFile; key: PemFile; clientCa: PemFile | undefined },
): TlsOptions {
  const { certificate, key, clientCa } = pem;
  const options: TlsOptions = { cert: readPem(files, certificate), key: readPem(files, key) };
  requireUsable(options, `${certificate.setting} and ${key.setting} do not go together`);
  if (clientCa === undefined) return options;
  const ca = readPem(files, clientCa);
  requireUsable({ ca }, `${clientCa.setting} cannot be used`);
  return { ...options, ca, requestCert: true, rejectUnauthorized: true };
}

/**
 * What a connection to a daemon needs to speak TLS: it is trusted if the system trusts it, or one of the CAs of `ca`.
 *
 * @throws CarbonbusError `TLS_INVALID`, with one line that names the setting
 */
export function dialTlsOptions(files: Files, ca: PemFile | undefined): { ca?: Buffer } {
  if (ca === undefined) return {};
  const options = { ca: readPem(files, ca) };
  requireUsable(options, `${ca.setting} cannot be used`);
  return options;
}

function readPem(files: Files, { path, setting }: PemFile): Buffer {
  try {
    return Buffer.from(files.readAll(path));
  } catch (cause) {
    throw new CarbonbusError('TLS_INVALID', `${setting}: cannot read ${path}`, { cause });
  }
}

function requireUsable(options: TlsOptions, what: string): void {
  try {
    createSecureContext(options);
  } catch (cause) {
    throw new CarbonbusError('TLS_INVALID', `${what}: ${errorText(cause)}`, { cause });
  }
}

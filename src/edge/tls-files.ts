import { createSecureContext, type TlsOptions } from 'node:tls';
import { CarbonbusError, errorText } from '../errors.js';
import type { Files } from '../storage/files.js';
import type { DialTls } from './carbon-dialer.js';

/** A client that has not finished its handshake by then is closed. */
const HANDSHAKE_LIMIT_MS = 10_000;

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
  const options: TlsOptions = {
    ...readPair(files, { certificate, key }),
    handshakeTimeout: HANDSHAKE_LIMIT_MS,
  };
  if (clientCa === undefined) return options;
  const ca = readPem(files, clientCa);
  requireUsable({ ca }, `${clientCa.setting} cannot be used`);
  return { ...options, ca, requestCert: true, rejectUnauthorized: true };
}

/**
 * What a connection to a daemon needs to speak TLS: it is trusted if the system trusts it, or one of the CAs of `ca`. `own`
 * is for daemons that ask for a certificate.
 *
 * @throws CarbonbusError `TLS_INVALID`, with one line that names the settings
 */
export function dialTlsOptions(
  files: Files,
  pem: { ca: PemFile | undefined; own: { certificate: PemFile; key: PemFile } | undefined },
): DialTls {
  const options: DialTls = pem.own === undefined ? {} : readPair(files, pem.own);
  if (pem.ca === undefined) return options;
  const ca = readPem(files, pem.ca);
  requireUsable({ ca }, `${pem.ca.setting} cannot be used`);
  return { ...options, ca };
}

/** A certificate and its key. */
function readPair(
  files: Files,
  { certificate, key }: { certificate: PemFile; key: PemFile },
): { cert: Buffer; key: Buffer } {
  const pair = { cert: readPem(files, certificate), key: readPem(files, key) };
  requireUsable(pair, `${certificate.setting} and ${key.setting} do not go together`);
  return pair;
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

import { CarbonbusError, errorCode, errorText } from '../errors.js';
import type { NatsAccess } from './nats-access.js';

/** A server that says so once will say so again. */
const AUTHORIZATION_CODES = new Set([
  'AUTHORIZATION_VIOLATION',
  'AUTHENTICATION_EXPIRED',
  'PERMISSIONS_VIOLATION',
]);
/** Of Node's TLS: whom we do not trust, or who does not trust us. */
const TLS_CODES = /CERT|ISSUER|ALTNAME|SELF_SIGNED|^ERR_(TLS|SSL|OSSL)/;

/** True for a failure to connect that trying again cannot mend. */
export function isRefusal(error: unknown): boolean {
  const code = codeOf(error);
  return AUTHORIZATION_CODES.has(code) || isTls(code, errorText(error));
}

/** What a failure to connect means, with the settings to look at. */
export function natsFailure(access: NatsAccess, cause: unknown): CarbonbusError {
  const where = `nats-server at ${access.urls.join(', ')}`;
  const code = codeOf(cause);
  if (AUTHORIZATION_CODES.has(code))
    return new CarbonbusError('NATS_AUTHORIZATION', `${where} refuses ${identity(access)}`, {
      cause,
    });
  if (isTls(code, errorText(cause)))
    return new CarbonbusError('NATS_TLS', `${where}: ${tlsText(access, code, cause)}`, { cause });
  if (isSilence(cause) && access.tls !== undefined)
    return new CarbonbusError('NATS_TLS', `${where}: ${silenceText(access)}`, { cause });
  return new CarbonbusError(
    'NATS_UNREACHABLE',
    `cannot connect to ${where}: ${errorText(cause)}; start it, or correct NATS_URL or NATS_PORT in [nats]`,
    { cause },
  );
}

/** Who we said we are, and where that is set. */
function identity({ user, credentials, nkeySeed }: NatsAccess): string {
  if (credentials) return 'the credentials of NATS_CREDENTIALS: is it the file for this server?';
  if (nkeySeed) return 'the nkey of NATS_NKEY_SEED: does the server know its public part?';
  if (user === undefined)
    return 'who gives no name: set NATS_USER and NATS_PASSWORD, NATS_CREDENTIALS or NATS_NKEY_SEED';
  return `user ${user}: check NATS_USER and NATS_PASSWORD, or the NATS_PASSWORD_FILE that it was made with`;
}

function tlsText({ tls }: NatsAccess, code: string, cause: unknown): string {
  const said = `${code} (${errorText(cause)})`;
  if (tls === undefined)
    return `it speaks TLS, and its certificate is not trusted: set NATS_TLS_CA; ${said}`;
  return `TLS failed: check NATS_TLS_CA, and NATS_TLS_CERT with NATS_TLS_KEY; ${said}`;
}

/** What a server may mean that is spoken to over TLS and does not answer. */
function silenceText({ tls }: NatsAccess): string {
  return tls?.cert === undefined
    ? 'it does not answer over TLS: it may want a certificate (NATS_TLS_CERT and NATS_TLS_KEY)'
    : 'it does not answer over TLS: it may not trust the certificate of NATS_TLS_CERT';
}

/** True where a server was reached and said nothing. */
export function isSilence(error: unknown): boolean {
  return codeOf(error) === 'TIMEOUT';
}

function isTls(code: string, text: string): boolean {
  return TLS_CODES.test(code) || /tls|ssl|certificate/i.test(text);
}

/** What a failure to ask JetStream means: nobody answers for it where it is off, and while a cluster has no leader. */
export function jetStreamFailure(cause: unknown): string {
  if (codeOf(cause) !== '503') return errorText(cause);
  return 'nobody answers for JetStream: nats-server has it off (start it with --jetstream, or by `carbonbus nats`), or its cluster has no leader yet';
}

/** Of the error, or of the one below it that tells more. */
function codeOf(error: unknown): string {
  const chained = (error as { chainedError?: unknown } | null)?.chainedError;
  return errorCode(chained) ?? errorCode(error) ?? '';
}

/** JetStream's code of a request that it refused; undefined for other errors. */
export function apiCode(error: unknown): number | undefined {
  return (error as { api_error?: { err_code?: number } }).api_error?.err_code;
}

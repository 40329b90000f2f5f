import { EXIT_CONFIGURATION } from '../actors/supervision/child-messages.js';
import { ownServerUrl, type Settings } from '../config/settings.js';
import type { NatsAccess } from '../edge/nats-access.js';
import { CLUSTER_USER, natsPasswords } from '../edge/nats-passwords.js';
import { CarbonbusError, errorText } from '../errors.js';
import { privateFiles } from '../storage/private-files.js';
import { complain, Exit, type Outside } from './configuration.js';

/** Where NATS is and who we are there; says what cannot be read, and ends the command. */
export function natsAccess(outside: Outside, nats: Settings['nats']): NatsAccess {
  const file = (key: string, path: string): string => {
    const text = textOf(outside, key, path);
    if (text !== undefined) return text;
    return refuse(`${key}: there is no file ${path}`);
  };
  const { tlsCaFile, tlsCertificateFile, tlsKeyFile } = nats;
  return {
    urls: nats.urls,
    ...identity(nats, file),
    ...(tlsCaFile !== '' && {
      tls: {
        ca: file('NATS_TLS_CA', tlsCaFile),
        ...(tlsCertificateFile !== '' && {
          cert: file('NATS_TLS_CERT', tlsCertificateFile),
          key: file('NATS_TLS_KEY', tlsKeyFile),
        }),
      },
    }),
  };
}

function identity(
  nats: Settings['nats'],
  file: (key: string, path: string) => string,
): Partial<NatsAccess> {
  const { user, credentialsFile, nkeySeedFile } = nats;
  if (credentialsFile !== '')
    return { credentials: Buffer.from(file('NATS_CREDENTIALS', credentialsFile)) };
  if (nkeySeedFile !== '')
    return { nkeySeed: Buffer.from(file('NATS_NKEY_SEED', nkeySeedFile).trim()) };
  if (user !== '') return { user, password: nats.password };
  return nats.urls.includes(ownServerUrl(nats)) ? ownServer(nats) : {};
}

/** The password that our own nats-server was given, or will be. */
function ownServer(nats: Settings['nats']): Partial<NatsAccess> {
  try {
    return { user: CLUSTER_USER, password: natsPasswords(nats, privateFiles).cluster };
  } catch (error) {
    if (!(error instanceof CarbonbusError)) throw error;
    return refuse(error.message);
  }
}

function textOf({ read }: Outside, key: string, path: string): string | undefined {
  try {
    return read(path);
  } catch (error) {
    return refuse(
      `${key}: ${path} cannot be read (${errorText(error)}): name a file that this user may read`,
    );
  }
}

function refuse(text: string): never {
  complain('error', [text]);
  throw new Exit(EXIT_CONFIGURATION);
}

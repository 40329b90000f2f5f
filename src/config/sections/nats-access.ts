import { boolean, producerList, secret, text } from '../kinds.js';
import { setting } from './setting.js';

const OWN_SERVER = 'of the nats-server that `carbonbus nats` runs';

/** Who may do what at NATS, and how both sides show who they are. */
export const NATS_ACCESS = {
  user: setting(
    'NATS_USER',
    text('a name', true),
    '',
    'User name of the processes of the cluster at NATS; when empty, `carbonbus` at their own nats-server, and none at that of NATS_URL.',
  ),
  password: setting(
    'NATS_PASSWORD',
    secret('a password'),
    '',
    'Password of NATS_USER; when that is empty, one is made at the first start and kept in NATS_PASSWORD_FILE.',
  ),
  passwordFile: setting(
    'NATS_PASSWORD_FILE',
    text('a file', true),
    '',
    'Where passwords are kept that were made because none was set, readable by its owner alone; when empty, `nats-passwords.json` in the LOCAL_DATA_DIR of `[cache]`.',
  ),
  credentialsFile: setting(
    'NATS_CREDENTIALS',
    text('a file', true),
    '',
    'Credentials file (.creds) for a NATS that is run elsewhere, instead of user and password.',
  ),
  nkeySeedFile: setting(
    'NATS_NKEY_SEED',
    text('a file', true),
    '',
    'File with the seed of an nkey, instead of user and password.',
  ),
  anonymousProducers: setting(
    'NATS_ANONYMOUS_PRODUCERS',
    boolean,
    'True',
    `Whether who gives no name may publish points ${OWN_SERVER}, and do nothing else there.`,
  ),
  producers: setting(
    'NATS_PRODUCERS',
    producerList,
    '',
    `Producers ${OWN_SERVER}: each may publish to \`metrics.ingest.<name>\` and below, and read its inbox \`_INBOX_<name>.>\`; nothing else.`,
  ),
  tlsCaFile: setting(
    'NATS_TLS_CA',
    text('a file', true),
    '',
    'Certificates (PEM) of the authority that the processes of the cluster trust; given, they speak TLS with NATS.',
  ),
  tlsCertificateFile: setting(
    'NATS_TLS_CERT',
    text('a file', true),
    '',
    'Certificate (PEM) that the processes show to a NATS that wants one.',
  ),
  tlsKeyFile: setting('NATS_TLS_KEY', text('a file', true), '', 'Key (PEM) of NATS_TLS_CERT.'),
  serverTlsCertificateFile: setting(
    'NATS_SERVER_TLS_CERT',
    text('a file', true),
    '',
    `Certificate (PEM) ${OWN_SERVER}; given, it speaks TLS alone, to clients, datacentres and its own cluster.`,
  ),
  serverTlsKeyFile: setting(
    'NATS_SERVER_TLS_KEY',
    text('a file', true),
    '',
    'Key (PEM) of NATS_SERVER_TLS_CERT.',
  ),
  serverTlsCaFile: setting(
    'NATS_SERVER_TLS_CA',
    text('a file', true),
    '',
    'Certificates (PEM) of the authority whose clients that nats-server lets in; given, a client has to show a certificate.',
  ),
} as const;

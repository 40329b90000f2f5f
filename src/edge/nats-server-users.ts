import type { Settings } from '../config/settings.js';
import { CarbonbusError, errorText } from '../errors.js';
import {
  INBOX_PREFIX,
  INGEST_SUBJECTS,
  inboxPrefixOf,
  ingestSubjectsOf,
  MISDIRECTED_SUBJECTS,
} from '../protocols/subjects.js';
import { CLUSTER_USER, type NatsPasswords, randomPassword } from './nats-passwords.js';
import type { NatsServerFacts, NatsServerUser } from './nats-server-config.js';

const ANONYMOUS_USER = 'anonymous';

/** Who may connect to the nats-server that we run, and what each of them may do there. */
export async function serverUsers(
  nats: Settings['nats'],
  passwords: NatsPasswords,
  files: { read(path: string): string | undefined },
): Promise<Pick<NatsServerFacts, 'users' | 'anonymous'>> {
  const users: NatsServerUser[] = [await clusterUser(nats, passwords, files)];
  for (const { name, password } of nats.producers) {
    users.push({
      user: name,
      password,
      permissions: { publish: ingestSubjectsOf(name), subscribe: [`${inboxPrefixOf(name)}.>`] },
    });
  }
  if (!nats.anonymousProducers) return { users };
  users.push({
    user: ANONYMOUS_USER,
    password: randomPassword(),
    permissions: {
      publish: [INGEST_SUBJECTS, MISDIRECTED_SUBJECTS],
      subscribe: [`${INBOX_PREFIX}.>`],
    },
  });
  return { users, anonymous: ANONYMOUS_USER };
}

async function clusterUser(
  nats: Settings['nats'],
  passwords: NatsPasswords,
  files: { read(path: string): string | undefined },
): Promise<NatsServerUser> {
  if (nats.nkeySeedFile === '')
    return { user: nats.user || CLUSTER_USER, password: passwords.cluster };
  try {
    const { nkeys } = await import('nats');
    const seed = Buffer.from((files.read(nats.nkeySeedFile) ?? '').trim());
    return { nkey: nkeys.fromSeed(seed).getPublicKey() };
  } catch (cause) {
    throw new CarbonbusError(
      'NATS_CREDENTIALS_UNREADABLE',
      `NATS_NKEY_SEED: ${nats.nkeySeedFile} holds no seed of an nkey (${errorText(cause)})`,
      { cause },
    );
  }
}

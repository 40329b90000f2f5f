import { randomBytes } from 'node:crypto';
import type { Settings } from '../config/settings.js';
import { CarbonbusError, errorCode, errorText } from '../errors.js';

/** Passwords between the processes of one installation. */
export interface NatsPasswords {
  /** Of the processes of the cluster. */
  readonly cluster: string;
  /** Between datacentres. */
  readonly leaf: string;
  /** Between the nats-servers of a datacentre. */
  readonly route: string;
}

export interface PasswordFiles {
  makeFolder(path: string): void;
  read(path: string): string | undefined;
  /** Makes a file that only its owner can read; false where there is one already, which stays as it is. */
  createPrivate(path: string, text: string): boolean;
}

/** The processes of the cluster, where NATS_USER does not say otherwise. */
export const CLUSTER_USER = 'carbonbus';
const RANDOM_BYTES = 24;

/**
 * The passwords of the settings. Those that are not set come from NATS_PASSWORD_FILE, which whoever needs one first
 * fills with random ones: so a cluster on one machine is locked without anybody having to choose a password.
 *
 * @throws CarbonbusError `PASSWORDS_UNREADABLE`
 */
export function natsPasswords(nats: Settings['nats'], files: PasswordFiles): NatsPasswords {
  const { password: cluster, leafPassword: leaf, clusterPassword: route } = nats;
  const isClusterKnown =
    nats.user !== '' || nats.nkeySeedFile !== '' || nats.credentialsFile !== '';
  const isLeafNeeded = nats.leafListen !== undefined || nats.leafRemotes.length > 0;
  const missing =
    !isClusterKnown || (isLeafNeeded && leaf === '') || (nats.clusterListen && route === '');
  if (!missing) return { cluster, leaf, route };
  const made = readOrMake(nats.passwordFile, files);
  return {
    cluster: isClusterKnown ? cluster : made.cluster,
    leaf: leaf || made.leaf,
    route: route || made.route,
  };
}

function readOrMake(path: string, files: PasswordFiles): NatsPasswords {
  try {
    const known = files.read(path);
    if (known !== undefined) return parse(known);
    const folder = path.slice(0, path.lastIndexOf('/'));
    if (folder !== '') files.makeFolder(folder);
    const made: NatsPasswords = {
      cluster: randomPassword(),
      leaf: randomPassword(),
      route: randomPassword(),
    };
    if (files.createPrivate(path, `${JSON.stringify(made)}\n`)) return made;
    return parse(files.read(path) ?? '');
  } catch (cause) {
    throw new CarbonbusError(
      'PASSWORDS_UNREADABLE',
      `${path} cannot be used (${errorText(cause)}): ${remedyFor(cause)}`,
      { cause },
    );
  }
}

/** A file that cannot be had lies on a full disk, in a wrong folder, or is somebody else's; what is in it is wrong otherwise. */
function remedyFor(cause: unknown): string {
  const code = errorCode(cause);
  if (isNoRoom(code)) return 'make room on its disk, or name a folder elsewhere as LOCAL_DATA_DIR';
  return code === undefined
    ? 'correct NATS_PASSWORD_FILE, or remove the file to have new passwords made, and start everything again'
    : 'change its permissions, or those of its folder, or name another folder as LOCAL_DATA_DIR or another file as NATS_PASSWORD_FILE';
}

function isNoRoom(code: string | undefined): boolean {
  return code === 'ENOSPC' || code === 'EDQUOT';
}

function parse(text: string): NatsPasswords {
  const { cluster, leaf, route } = JSON.parse(text);
  for (const password of [cluster, leaf, route]) {
    if (typeof password !== 'string' || password === '') throw new TypeError('a password lacks');
  }
  return { cluster, leaf, route };
}

/** One that nobody chose. */
export function randomPassword(): string {
  return randomBytes(RANDOM_BYTES).toString('base64url');
}

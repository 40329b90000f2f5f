import { hostname } from 'node:os';
import type { Bus } from '../actors/ports/bus.js';
import { type Clock, sleep } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import { lockFolder } from '../edge/folder-lock.js';
import { CarbonbusError, errorText } from '../errors.js';
import type { Role } from '../protocols/heartbeat.js';
import { nameSubject } from '../protocols/subjects.js';

/** One that was told to stop, or whose parent was killed, is gone within 8 s. */
const PATIENCE_MS = 10_000;
const RETRY_MS = 250;
/** The connection of a machine that lost its power takes requests for minutes, and never answers. */
const ASK_MS = 1_000;

/** A process that must be the only one of its role and name. */
export interface Claimant {
  role: Role;
  name: string;
  clock: Clock;
  logger: Logger;
}

/**
 * Makes sure that no other process of this machine works in a folder, and keeps others from it until this one ends.
 *
 * @param identityOf tells a folder from others; throws what the system says
 * @throws CarbonbusError `FOLDER_IN_USE`
 */
export async function claimFolder(
  claimant: Claimant,
  folder: string,
  identityOf: (folder: string) => string,
): Promise<void> {
  const { role, name, logger } = claimant;
  let identity: string;
  try {
    identity = identityOf(folder);
  } catch (error) {
    // A disk that refuses even this takes no writes of another process either.
    logger.warn({ folder, error: errorText(error) }, 'cannot look whether another process is here');
    return;
  }
  const own = `${role} ${name}, process ${process.pid}`;
  const holder = await holderOf(claimant, () => lockFolder(identity, own));
  if (holder === undefined) return;
  const remedy = 'stop it, or give this one another --name or LOCAL_DATA_DIR';
  throw new CarbonbusError('FOLDER_IN_USE', `${folder} is in use by ${holder}: ${remedy}`);
}

/**
 * Makes sure that no other process of the cluster has this name, and answers for it from then on. One that cannot be
 * asked, as across a cut network, keeps nobody from starting.
 *
 * @throws CarbonbusError `NAME_IN_USE`
 */
export async function claimName(claimant: Claimant, bus: Bus): Promise<void> {
  const { role, name } = claimant;
  const subject = nameSubject(role, name);
  const holder = await holderOf(claimant, () => whoAnswers(bus, subject));
  if (holder !== undefined) {
    const remedy = 'stop it, or give one of the two another --name';
    throw new CarbonbusError(
      'NAME_IN_USE',
      `there is a ${role} ${name} already, ${holder}: ${remedy}`,
    );
  }
  const own = Buffer.from(`process ${process.pid} on ${hostname()}`);
  bus.serve(subject, () => Promise.resolve(own));
}

/** Who still has what is wanted after some patience; undefined for nobody. */
async function holderOf(
  { clock, logger }: Claimant,
  look: () => Promise<string | undefined>,
): Promise<string | undefined> {
  const untilMs = clock.monotonicMs() + PATIENCE_MS;
  for (let isFirst = true; ; isFirst = false) {
    const holder = await look();
    if (holder === undefined || clock.monotonicMs() >= untilMs) return holder;
    if (isFirst)
      logger.warn({ holder }, 'another process is in its place; waiting for the end of that one');
    await sleep(clock, RETRY_MS);
  }
}

async function whoAnswers(bus: Bus, subject: string): Promise<string | undefined> {
  try {
    const answer = await bus.request(subject, new Uint8Array(0), ASK_MS);
    return Buffer.from(answer).toString();
  } catch (error) {
    if (error instanceof CarbonbusError) return undefined;
    throw error;
  }
}

import {
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
  nkeyAuthenticator,
} from 'nats';
import { sleep } from '../actors/ports/clock.js';
import type { Logger } from '../actors/ports/logger.js';
import { LogConnection } from '../actors/relay/log-connection.js';
import { inboxPrefixOf } from '../protocols/subjects.js';
import { systemClock } from './clock.js';
import type { NatsAccess } from './nats-access.js';
import { makeRoomForWholeMessages } from './nats-parser.js';
import { readIntoRooms } from './nats-receiving.js';
import { isRefusal, isSilence, natsFailure } from './nats-refusals.js';

makeRoomForWholeMessages();
readIntoRooms();

/** How long before a server that was not reached is tried again. */
const RETRY_MS = 250;
const CONNECT_TIMEOUT_MS = 5_000;
/** How often it is said that there is no server yet: first when one that starts beside us would be there. */
const SAID_FIRST_MS = 3_000;
const SAID_AGAIN_MS = 60_000;
/** A server that refuses a certificate is silent: after so many times it is taken for a refusal. */
const SILENCES_MAX = 3;

/**
 * A connection that reconnects for ever, and with `wait` also waits for the server at start. Each
 * process has one for publishing and one for reading, so that a reader the server throws out as too
 * slow does not take acknowledgements in flight with it.
 */
export async function connectNats(
  access: NatsAccess,
  name: string,
  log: Logger,
  patience: 'wait' | 'fail' = 'wait',
  timeoutMs = CONNECT_TIMEOUT_MS,
): Promise<NatsConnection> {
  let sayAtMs = systemClock.monotonicMs() + SAID_FIRST_MS;
  for (let silences = 0; ; ) {
    try {
      const connection = await connect({
        ...connectionOptions(access, name),
        timeout: timeoutMs,
      });
      void watch(connection, name, log);
      return connection;
    } catch (cause) {
      // The client's own waiting would wait for ever at a server that will never let it in.
      if (isSilence(cause)) silences++;
      const isHopeless = isRefusal(cause) || (access.tls !== undefined && silences >= SILENCES_MAX);
      if (patience === 'fail' || isHopeless) throw natsFailure(access, cause);
      const isTimeToSay = systemClock.monotonicMs() >= sayAtMs;
      if (isTimeToSay) sayAtMs += SAID_AGAIN_MS;
      const reason = natsFailure(access, cause).message;
      log[isTimeToSay ? 'warn' : 'debug']({ connection: name, reason }, 'waiting for nats-server');
    }
    await sleep(systemClock, RETRY_MS);
  }
}

/**
 * Refuses to go on where the server has let us in as somebody who may do next to nothing, as it does with those
 * whom it does not know.
 * @throws CarbonbusError `NATS_AUTHORIZATION`
 */
export async function requireJetStream(
  connection: NatsConnection,
  access: NatsAccess,
): Promise<void> {
  try {
    await connection.jetstreamManager();
  } catch (cause) {
    if (!isRefusal(cause)) return; // Not there yet, or without a leader: what needs it will wait for it.
    await connection.close();
    throw natsFailure(access, cause);
  }
}

/** A fresh object each time: `connect` changes the one that it is given. */
function connectionOptions(access: NatsAccess, name: string): ConnectionOptions {
  const { urls, user, password, credentials, nkeySeed, tls } = access;
  return {
    servers: [...urls],
    name,
    ...(user !== undefined && { user, pass: password ?? '', inboxPrefix: inboxPrefixOf(user) }),
    ...(credentials && { authenticator: credsAuthenticator(credentials) }),
    ...(nkeySeed && { authenticator: nkeyAuthenticator(nkeySeed) }),
    ...(tls && { tls: { ...tls } }),
    maxReconnectAttempts: -1,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    pingInterval: 10_000,
    maxPingOut: 2,
    noAsyncTraces: true,
    ignoreAuthErrorAbort: true,
  };
}

/** What becomes of a connection that was made, for those who publish by it. */
export function followed(connection: NatsConnection): LogConnection {
  const link = new LogConnection();
  void tellChanges(connection, link);
  return link;
}

async function tellChanges(connection: NatsConnection, link: LogConnection): Promise<void> {
  for await (const { type } of connection.status()) {
    if (type === 'disconnect') link.tell({ type: 'lost' });
    else if (type === 'reconnect' && !link.isConnected) link.tell({ type: 'back' });
  }
  link.tell({ type: 'closed' });
}

async function watch(connection: NatsConnection, name: string, log: Logger): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') {
      log.warn({ connection: name }, 'lost the connection to nats-server; reconnecting');
    } else if (status.type === 'reconnect') {
      log.info({ connection: name }, 'connected to nats-server again');
    } else if (status.type === 'error') {
      log.error({ connection: name, error: status.data }, 'nats-server refused an operation');
    }
  }
}

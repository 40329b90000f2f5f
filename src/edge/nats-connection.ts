import { type ConnectionOptions, connect, credsAuthenticator, type NatsConnection } from 'nats';
import type { Logger } from '../actors/ports/logger.js';
import { CarbonbusError, errorCode, errorText } from '../errors.js';

const CONNECT_TIMEOUT_MS = 5_000;

/** Where the bus is and who we are there. */
export interface NatsAccess {
  urls: readonly string[];
  user?: string;
  password?: string;
  /** The content of a credentials file. */
  credentials?: Uint8Array;
}

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
  let connection: NatsConnection;
  try {
    connection = await connect({
      ...connectionOptions(access, name, patience === 'wait'),
      timeout: timeoutMs,
    });
  } catch (cause) {
    throw refused(access, cause);
  }
  void watch(connection, name, log);
  return connection;
}

/** A fresh object each time: `connect` changes the one that it is given. */
function connectionOptions(
  access: NatsAccess,
  name: string,
  waitOnFirstConnect: boolean,
): ConnectionOptions {
  return {
    servers: [...access.urls],
    name,
    ...(access.user === undefined ? {} : { user: access.user }),
    ...(access.password === undefined ? {} : { pass: access.password }),
    ...(access.credentials === undefined
      ? {}
      : { authenticator: credsAuthenticator(access.credentials) }),
    maxReconnectAttempts: -1,
    waitOnFirstConnect,
    reconnectTimeWait: 250,
    reconnectJitter: 100,
    pingInterval: 10_000,
    maxPingOut: 2,
    noAsyncTraces: true,
    ignoreAuthErrorAbort: true,
  };
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

function refused(access: NatsAccess, cause: unknown): CarbonbusError {
  if (errorCode(cause) === 'AUTHORIZATION_VIOLATION') {
    return new CarbonbusError(
      'NATS_AUTHORIZATION',
      `nats-server at ${access.urls.join(', ')} refuses the credentials: check NATS_USER, NATS_PASSWORD or NATS_CREDENTIALS`,
      { cause },
    );
  }
  return new CarbonbusError(
    'NATS_UNREACHABLE',
    `cannot connect to nats-server at ${access.urls.join(', ')}: ${errorText(cause)}; start it, or correct NATS_URL or NATS_PORT in [nats]`,
    { cause },
  );
}

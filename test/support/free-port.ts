import { once } from 'node:events';
import { createServer } from 'node:net';
import { LOOPBACK } from '../../src/edge/nats-server-config.js';

/**
 * Below those that the kernel gives to connections: a port that it chooses may be that of a connection by the time that
 * somebody listens. Each process of the tests has a part of them, as several run at a time.
 */
const FIRST_PORT = 10_000;
const PARTS = 200;
const PORTS_PER_PART = 110;

const first = FIRST_PORT + (process.pid % PARTS) * PORTS_PER_PART;
let given = 0;

/** A port on the loopback interface that nobody listens on, and that was not given out lately. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS_PER_PART; tries++) {
    const port = first + (given++ % PORTS_PER_PART);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${first} to ${first + PORTS_PER_PART - 1} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, LOOPBACK);
  try {
    await once(server, 'listening');
  } catch {
    return false;
  }
  server.close();
  await once(server, 'close');
  return true;
}

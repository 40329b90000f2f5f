import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { connect, type NatsConnection } from 'nats';
import { encodeBatch } from './encode-batch.js';

export interface Point {
  metric: string;
  timestamp: number;
  value: number;
}

/** The points in Carbon's line protocol. */
export function pointLines(points: readonly Point[]): string {
  return points.map(({ metric, timestamp, value }) => `${metric} ${value} ${timestamp}\n`).join('');
}

/** An agent that sends lines over TCP, as fast as it is let. */
export class LineProducer {
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  static async connect(port: number): Promise<LineProducer> {
    const socket = createConnection({ host: '127.0.0.1', port });
    await once(socket, 'connect');
    return new LineProducer(socket);
  }

  async send(points: readonly Point[]): Promise<void> {
    if (!this.#socket.write(pointLines(points))) await once(this.#socket, 'drain');
  }

  /** Everything was handed to the relay's socket, and the connection is closed in order. */
  async end(): Promise<void> {
    this.#socket.end();
    await once(this.#socket, 'close');
  }
}

/** A producer at NATS: a batch counts as accepted once JetStream has acknowledged it; until then it is repeated. */
export class AcknowledgedProducer {
  retries = 0;
  readonly #connection: NatsConnection;
  readonly #name: string;
  #sent = 0;

  private constructor(connection: NatsConnection, name: string) {
    this.#connection = connection;
    this.#name = name;
  }

  static async connect(
    port: number,
    name: string,
    host = '127.0.0.1',
  ): Promise<AcknowledgedProducer> {
    const connection = await connect({
      servers: `${host}:${port}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
      timeout: 2_000,
    });
    return new AcknowledgedProducer(connection, name);
  }

  async send(points: readonly Point[]): Promise<void> {
    const names = Buffer.from(points.map((point) => point.metric).join('\n'));
    const times = Float64Array.from(points, (point) => point.timestamp);
    const values = Float64Array.from(points, (point) => point.value);
    const bytes = encodeBatch(names, times, values, points.length);
    const msgID = `${this.#name}:${this.#sent++}`;
    const subject = `metrics.ingest.${this.#name}`;
    for (;;) {
      try {
        await this.#connection.jetstream().publish(subject, bytes, { msgID, timeout: 2_000 });
        return;
      } catch {
        this.retries++;
        await new Promise((wake) => setTimeout(wake, 100));
      }
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }
}

import { LineProducer } from '../../test/support/producers.js';
import { pause } from '../../test/support/steady-load.js';

const SLICES = 10;

/** A point of each metric every second, as plain lines over one connection. */
export class Traffic {
  readonly metrics: number;
  /** Sent so far, one a second. */
  rounds = 0;
  readonly #startS = Math.floor(Date.now() / 1000);
  readonly #producer: LineProducer;

  private constructor(metrics: number, producer: LineProducer) {
    this.metrics = metrics;
    this.#producer = producer;
  }

  static async to(port: number, metrics: number): Promise<Traffic> {
    return new Traffic(metrics, await LineProducer.connect(port));
  }

  name(metric: number): string {
    return `outage.host${Math.floor(metric / 50)}.m${metric}`;
  }

  timestamp(round: number): number {
    return this.#startS + round;
  }

  value(metric: number, round: number): number {
    return ((metric * 31 + round * 7919) % 100_003) / 8;
  }

  /** Sends for so long, in ten parts a second. */
  async flow(seconds: number): Promise<void> {
    const startMs = Date.now();
    for (let part = 0; part < seconds * SLICES; part++) {
      await this.#send(part % SLICES);
      if (part % SLICES === SLICES - 1) this.rounds++;
      await pause(Math.max(0, startMs + ((part + 1) * 1000) / SLICES - Date.now()));
    }
  }

  async end(): Promise<void> {
    await this.#producer.end();
  }

  #send(slice: number): Promise<void> {
    const from = Math.floor((slice * this.metrics) / SLICES);
    const to = Math.floor(((slice + 1) * this.metrics) / SLICES);
    const timestamp = this.timestamp(this.rounds);
    return this.#producer.send(
      Array.from({ length: to - from }, (_, i) => ({
        metric: this.name(from + i),
        timestamp,
        value: this.value(from + i, this.rounds),
      })),
    );
  }
}

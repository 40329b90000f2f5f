import { DatagramReceiver } from '../actors/receiver/datagram-receiver.js';
import { PostReceiver } from '../actors/receiver/post-receiver.js';
import { StreamReceiver } from '../actors/receiver/stream-receiver.js';
import { Statsd } from '../actors/statsd/statsd.js';
import {
  DATAGRAM_RECEIVER,
  type Given,
  POST_RECEIVER,
  REJECTIONS,
  RELAY,
  type Register,
  STATSD,
  STREAM_RECEIVER,
} from './tokens.js';

export function registerReceivers({ settings, logger, clock }: Given, once: Register): void {
  const { relay } = settings;
  once(STREAM_RECEIVER, (c) => {
    const actor = c.resolve(RELAY);
    return new StreamReceiver({
      accept: (block, source) => actor.accept(block, undefined, source),
      window: actor.window,
      rejections: c.resolve(REJECTIONS),
      clock,
      log: logger,
      connectionsMax: relay.maxReceiverConnections,
      idleTimeoutMs: relay.metricClientIdleTimeoutMs,
      flushIntervalMs: relay.flushIntervalMs,
      flowControl: relay.useFlowControl,
    });
  });
  once(
    POST_RECEIVER,
    (c) => new PostReceiver({ relay: c.resolve(RELAY), rejections: c.resolve(REJECTIONS), clock }),
  );
  once(DATAGRAM_RECEIVER, (c) => {
    const actor = c.resolve(RELAY);
    return new DatagramReceiver({
      accept: (block) => actor.accept(block, undefined, 'udp'),
      window: actor.window,
      rejections: c.resolve(REJECTIONS),
      clock,
    });
  });
  once(STATSD, (c) => {
    const actor = c.resolve(RELAY);
    return new Statsd({
      accept: (block) => actor.accept(block, undefined, 'statsd'),
      rejections: c.resolve(REJECTIONS),
      clock,
      prefix: relay.statsdPrefix,
      flushIntervalMs: relay.statsdFlushIntervalMs,
      percentiles: relay.statsdPercentiles,
      namesMax: relay.statsdMaxNames,
      idleMs: relay.statsdIdleMs,
    });
  });
}

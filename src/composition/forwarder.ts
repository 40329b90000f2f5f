import { Destination } from '../actors/destinations/destination.js';
import { FanOut } from '../actors/destinations/fan-out.js';
import { Forwarder, type ForwarderOptions } from '../actors/destinations/forwarder.js';
import { Link } from '../actors/destinations/link.js';
import { Progress } from '../actors/destinations/progress.js';
import type { Dial } from '../actors/ports/dial.js';
import { assert } from '../assert.js';
import { destinationText } from '../config/destination.js';
import type { Settings } from '../config/settings.js';
import { carbonDialer, type DialTls } from '../edge/carbon-dialer.js';
import { datagramDialer } from '../edge/datagram-dialer.js';
import { NatsLogReader } from '../edge/nats-log.js';
import { dialTlsOptions } from '../edge/tls-files.js';
import { TextKernel } from '../protocols/kernel/lines/text-kernel.js';
import type { OpenMessages } from '../protocols/writers/open-messages.js';
import { PicklePointWriter } from '../protocols/writers/pickle-point-writer.js';
import type { PointWriter } from '../protocols/writers/point-writer.js';
import { ProtobufPointWriter } from '../protocols/writers/protobuf-point-writer.js';
import { WrittenMessages } from '../protocols/writers/written-messages.js';
import { routeDestinations, type Target } from '../routing/destinations.js';
import type { RuleCheck } from '../storage/live-rules.js';
import { ProgressFile } from '../storage/progress-file.js';
import { pullBytes } from './pull-bytes.js';
import {
  DESTINATION_ROUTING,
  FAN_OUT,
  FORWARDER,
  type Given,
  OPEN_MESSAGES,
  type Register,
} from './tokens.js';

export function registerForwarder(given: Given, once: Register): void {
  const { settings, clock, logger } = given;
  once(FAN_OUT, (c) => {
    const rules = c.resolve(DESTINATION_ROUTING).current;
    return new FanOut(routeDestinations(settings.relay, rules).router, c.resolve(OPEN_MESSAGES));
  });
  once(OPEN_MESSAGES, (c) => {
    const rules = c.resolve(DESTINATION_ROUTING).current;
    const { targets } = routeDestinations(settings.relay, rules);
    return openMessages(settings.relay, targets.flatMap(({ daemons }) => daemons).length);
  });
  once(DESTINATION_ROUTING, (c) => {
    const live = given.destinationRouting;
    assert(live !== undefined, 'a forwarder has its routing');
    const follow = (): void => {
      c.resolve(FAN_OUT).follow(routeDestinations(settings.relay, live.current).router);
    };
    const check = (): RuleCheck => {
      const found = live.check();
      if (found.type === 'changed') follow();
      return found;
    };
    return { current: live.current, warnings: live.warnings, check };
  });
  once(FORWARDER, (c) => {
    const { relay, cluster } = settings;
    const { targets } = routeDestinations(relay, c.resolve(DESTINATION_ROUTING).current);
    const dial = dialerOf(given);
    const folder = `${given.dataFolder}/${given.name}/destinations`;
    const readings = cluster.shardCount * Math.max(1, targets.length);
    const bytes = pullBytes(readings, relay.batchBytes);
    const messages = c.resolve(OPEN_MESSAGES);
    let linkCount = 0;
    return new Forwarder({
      shardCount: cluster.shardCount,
      log: new NatsLogReader(given.readConnection, clock, logger, bytes),
      fanOut: c.resolve(FAN_OUT),
      clock,
      logger,
      order: relay.replayOrder,
      destinations: targets.map((target) => {
        const firstLink = linkCount;
        linkCount += target.daemons.length;
        return {
          make: makeDestination(given, target, dial, messages, firstLink),
          file: new ProgressFile(given.files, folder, target.name),
        };
      }),
    });
  });
}

function makeDestination(
  { settings, clock, logger }: Given,
  target: Target,
  dial: Dial,
  { messages }: OpenMessages,
  firstLink: number,
): ForwarderOptions['destinations'][number]['make'] {
  const { relay } = settings;
  const queue = {
    pointsMax: relay.maxQueueSize,
    pointsLow: relay.maxQueueSize * relay.queueLowWatermark,
  };
  return (from, events) =>
    new Destination({
      name: target.name,
      choice: target.choice,
      progress: new Progress(from, { ms: relay.holdbackMs, bytes: relay.holdbackBytes }),
      queue,
      replayRate: relay.replayRate,
      clock,
      events,
      makeLinks: (linkEvents) =>
        target.daemons.map(
          (daemon, i) =>
            new Link({
              index: firstLink + i,
              message: messages[firstLink + i],
              name: destinationText(daemon),
              address: daemon,
              dial,
              deferMs: relay.deferMs,
              clock,
              log: logger,
              events: linkEvents,
            }),
        ),
    });
}

function openMessages(
  { destinationProtocol, maxDatapointsPerMessage: pointsMax }: Settings['relay'],
  links: number,
): OpenMessages {
  if (destinationProtocol === 'line') return new TextKernel(links);
  const writer = (): PointWriter =>
    destinationProtocol === 'pickle'
      ? new PicklePointWriter(pointsMax)
      : new ProtobufPointWriter(pointsMax);
  return new WrittenMessages(Array.from({ length: links }, writer));
}

function dialerOf(given: Given): Dial {
  const { destinationTransport: transport } = given.settings.relay;
  if (transport === 'udp') return datagramDialer;
  return carbonDialer(transport === 'ssl' ? tlsOf(given) : undefined);
}

function tlsOf({ settings, files }: Given): DialTls {
  const { destinationSslCa, destinationSslCertificate, destinationSslKey } = settings.relay;
  const ca = { path: destinationSslCa, setting: 'DESTINATION_SSL_CA' };
  const own = {
    certificate: { path: destinationSslCertificate, setting: 'DESTINATION_SSL_CERTIFICATE' },
    key: { path: destinationSslKey, setting: 'DESTINATION_SSL_KEY' },
  };
  return dialTlsOptions(files, {
    ca: ca.path === '' ? undefined : ca,
    own: own.key.path === '' ? undefined : own,
  });
}

import type { TlsOptions } from 'node:tls';
import type { DependencyContainer } from 'tsyringe';
import {
  DATAGRAM_RECEIVER,
  GIVEN,
  POST_RECEIVER,
  STATSD,
  STREAM_RECEIVER,
} from '../composition/tokens.js';
import type { Settings } from '../config/settings.js';
import { DatagramServer } from '../edge/datagram-server.js';
import { PostServer } from '../edge/http/post-server.js';
import { StreamServer, type StreamServerOptions } from '../edge/stream-server.js';
import { FramedPoints } from '../protocols/framed-points.js';
import { LineStream } from '../protocols/line.js';
import { JoinBuffer } from '../protocols/line-join.js';
import { PicklePoints } from '../protocols/pickle-points.js';
import { ProtobufPoints } from '../protocols/protobuf-points.js';
import { StatsdStream } from '../protocols/statsd-stream.js';
import type { StreamDecoder } from '../protocols/stream-decoder.js';
import type { Files } from '../storage/files.js';
import { listenerTls } from './listener-tls.js';

type TlsPort = Settings['relay']['receiverTls'][number];
/** The TCP ports for points; statsd's is for samples. */
type PointPort = 'line' | 'pickle' | 'protobuf';

/** What takes no new connection and no more bytes once it is closed. */
export interface Listener {
  close(): void | Promise<void>;
}

/** A TCP port of the relay. */
interface StreamPort {
  protocol: TlsPort & PointPort;
  host: string;
  port: number;
  backlog: number;
  setting: string;
  /** A decoder for one connection. They share their room, as decoding is synchronous. */
  decoder: () => StreamDecoder;
}

/** Opens every port on which the relay takes points, as the settings say. */
export async function listenForPoints(container: DependencyContainer): Promise<Listener[]> {
  const { settings, logger, files } = container.resolve(GIVEN);
  const { relay } = settings;
  const servers: Listener[] = [];
  for (const stream of streamPorts(relay)) {
    if (stream.port === 0) continue;
    const { protocol, decoder, backlog, ...address } = stream;
    const tls = receiverTls(files, relay, protocol);
    const server = streamServer(container, { decoder, source: protocol, backlog, tls });
    await server.listen(address);
    logger.info({ protocol, tls: tls !== undefined, ...address }, 'listening for points over TCP');
    servers.push(server);
  }
  if (relay.lineReceiverSocket !== '') {
    const path = { path: relay.lineReceiverSocket, setting: 'LINE_RECEIVER_SOCKET' };
    const { decoder, backlog, protocol: source } = streamPorts(relay)[0];
    const server = streamServer(container, { decoder, source, backlog, tls: undefined });
    await server.listenOnSocket({ ...path, mode: relay.lineReceiverSocketMode }, files);
    logger.info(path, 'listening for lines on a Unix socket');
    servers.push(server);
  }
  if (relay.enableUdpListener && relay.udpReceiverPort > 0) {
    servers.push(await listenForDatagrams(container));
  }
  if (relay.statsdPort > 0) servers.push(...(await listenForSamples(container)));
  if (relay.httpReceiverPort > 0) servers.push(await listenForPosts(container));
  return servers;
}

function streamPorts(relay: Settings['relay']): StreamPort[] {
  const join = new JoinBuffer();
  const pickle = new PicklePoints();
  const protobuf = new ProtobufPoints();
  return [
    {
      protocol: 'line',
      host: relay.lineReceiverInterface,
      port: relay.lineReceiverPort,
      backlog: relay.lineReceiverBacklog,
      setting: 'LINE_RECEIVER_PORT',
      decoder: () => new LineStream(join),
    },
    {
      protocol: 'pickle',
      host: relay.pickleReceiverInterface,
      port: relay.pickleReceiverPort,
      backlog: relay.pickleReceiverBacklog,
      setting: 'PICKLE_RECEIVER_PORT',
      decoder: () => new FramedPoints(pickle, relay.pickleReceiverMaxLength),
    },
    {
      protocol: 'protobuf',
      host: relay.protobufReceiverInterface,
      port: relay.protobufReceiverPort,
      backlog: relay.protobufReceiverBacklog,
      setting: 'PROTOBUF_RECEIVER_PORT',
      decoder: () => new FramedPoints(protobuf),
    },
  ];
}

function streamServer(
  container: DependencyContainer,
  of: Pick<StreamServerOptions, 'decoder' | 'source' | 'backlog' | 'tls'>,
): StreamServer {
  const { relay } = container.resolve(GIVEN).settings;
  return new StreamServer({
    receiver: container.resolve(STREAM_RECEIVER),
    connectionsMax: relay.maxReceiverConnections,
    keepAlive: relay.tcpKeepalive,
    keepIdleMs: relay.tcpKeepidleMs,
    ...of,
  });
}

/** Undefined for a port that does not speak TLS. */
function receiverTls(
  files: Files,
  relay: Settings['relay'],
  port: TlsPort,
): TlsOptions | undefined {
  if (!relay.receiverTls.includes(port)) return undefined;
  return listenerTls(files, 'RECEIVER_TLS', {
    certificate: relay.receiverTlsCertificate,
    key: relay.receiverTlsKey,
    clientCa: relay.receiverTlsClientCa,
  });
}

async function listenForDatagrams(container: DependencyContainer): Promise<DatagramServer> {
  const { settings, logger } = container.resolve(GIVEN);
  const receiver = container.resolve(DATAGRAM_RECEIVER);
  const address = {
    host: settings.relay.udpReceiverInterface,
    port: settings.relay.udpReceiverPort,
    setting: 'UDP_RECEIVER_PORT',
  };
  const server = new DatagramServer((bytes, sender) => receiver.datagram(bytes, sender));
  await server.listen(address);
  logger.info(address, 'listening for lines over UDP');
  return server;
}

async function listenForPosts(container: DependencyContainer): Promise<PostServer> {
  const { settings, logger, files } = container.resolve(GIVEN);
  const { relay } = settings;
  const address = {
    host: relay.httpReceiverInterface,
    port: relay.httpReceiverPort,
    setting: 'HTTP_RECEIVER_PORT',
  };
  const streams = container.resolve(STREAM_RECEIVER);
  const server = new PostServer({
    receiver: container.resolve(POST_RECEIVER),
    bodyBytesMax: relay.httpReceiverMaxBytes,
    connectionsMax: relay.maxReceiverConnections,
    tls: receiverTls(files, relay, 'http'),
    refused: () => streams.refused(),
    handshakeFailed: (sender, reason) => streams.handshakeFailed(sender, reason),
  });
  await server.listen(address);
  logger.info(address, 'listening for points over HTTP');
  return server;
}

/** Statsd, over UDP and TCP. It is made with its first port: without one there is nothing to flush. */
async function listenForSamples(container: DependencyContainer): Promise<Listener[]> {
  const { settings, logger, files } = container.resolve(GIVEN);
  const { relay } = settings;
  const statsd = container.resolve(STATSD);
  const { statsdInterface: host, statsdPort: port } = relay;
  const address = { host, port, setting: 'STATSD_PORT' };
  const udp = new DatagramServer((bytes, sender) => statsd.datagram(bytes, sender));
  await udp.listen(address);
  const join = new JoinBuffer();
  const tls = receiverTls(files, relay, 'statsd');
  const decoder = (): StreamDecoder => new StatsdStream(statsd.sink, join);
  const { lineReceiverBacklog: backlog } = relay;
  const tcp = streamServer(container, { decoder, source: 'statsd', backlog, tls });
  await tcp.listen(address);
  logger.info(address, 'listening for statsd samples over UDP and TCP');
  return [udp, tcp, { close: () => statsd.stop() }];
}

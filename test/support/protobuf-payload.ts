import protobuf from 'protobufjs';
import type { NamedPoint } from './fake-points.js';

/** Carbon's messages, as `carbon.proto` of carbon 1.1.7 has them. */
const { root } = protobuf.parse(`syntax = "proto2"; package carbon;
  message Point { optional uint32 timestamp = 1; optional double value = 2; }
  message Metric { optional string metric = 1; repeated Point points = 2; }
  message Payload { repeated Metric metrics = 1; }`);
const Payload = root.lookupType('carbon.Payload');

/** One metric for each point, as a sender's library encodes them. */
export function payloadOf(points: readonly NamedPoint[]): Uint8Array {
  const metrics = points.map(([metric, timestamp, value]) => ({
    metric,
    points: [{ timestamp, value }],
  }));
  return Payload.encode(Payload.create({ metrics })).finish();
}

/** A frame: the length in four bytes, and the bytes. */
export function framed(bytes: Uint8Array): Buffer {
  const prefix = Buffer.alloc(4);
  prefix.writeUInt32BE(bytes.length);
  return Buffer.concat([prefix, bytes]);
}

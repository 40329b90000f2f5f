import protobuf, { type INamespace } from 'protobufjs/light.js';

/*
 * The messages of carbonapi's protocols v2 and v3, by which a query front end asks a store. Definitions:
 * https://github.com/go-graphite/protocol (proto3). Columns of numbers are declared as `bytes`: a packed repeated field
 * has the bytes of its items after their length, so the doubles of a series go out as they lie in memory.
 */

const field = (id: number, type: string) => ({ id, type });
const repeated = (id: number, type: string) => ({ id, type, rule: 'repeated' });

const V2: INamespace = {
  nested: {
    FetchResponse: {
      fields: {
        name: field(1, 'string'),
        startTime: field(2, 'int32'),
        stopTime: field(3, 'int32'),
        stepTime: field(4, 'int32'),
        values: field(5, 'bytes'), // repeated double
        isAbsent: field(6, 'bytes'), // repeated bool
      },
    },
    MultiFetchResponse: { fields: { metrics: repeated(1, 'FetchResponse') } },
    GlobMatch: { fields: { path: field(1, 'string'), isLeaf: field(2, 'bool') } },
    GlobResponse: { fields: { name: field(1, 'string'), matches: repeated(2, 'GlobMatch') } },
    Retention: {
      fields: { secondsPerPoint: field(1, 'int32'), numberOfPoints: field(2, 'int32') },
    },
    InfoResponse: {
      fields: {
        name: field(1, 'string'),
        aggregationMethod: field(2, 'string'),
        maxRetention: field(3, 'int32'),
        xFilesFactor: field(4, 'float'),
        retentions: repeated(5, 'Retention'),
      },
    },
  },
};

const V3: INamespace = {
  nested: {
    CapabilityResponse: {
      fields: {
        supportedProtocols: repeated(1, 'string'),
        name: field(2, 'string'),
        highPrecisionTimestamps: field(3, 'bool'),
        supportFilteringFunctions: field(4, 'bool'),
        likeSplittedRequests: field(5, 'bool'),
        supportStreaming: field(6, 'bool'),
      },
    },
    FetchRequest: {
      fields: {
        name: field(1, 'string'),
        startTime: field(2, 'int64'),
        stopTime: field(3, 'int64'),
        pathExpression: field(5, 'string'),
        maxDataPoints: field(7, 'int64'),
      },
    },
    MultiFetchRequest: { fields: { metrics: repeated(1, 'FetchRequest') } },
    FetchResponse: {
      fields: {
        name: field(1, 'string'),
        pathExpression: field(2, 'string'),
        consolidationFunc: field(3, 'string'),
        startTime: field(4, 'int64'),
        stopTime: field(5, 'int64'),
        stepTime: field(6, 'int64'),
        xFilesFactor: field(7, 'float'),
        values: field(9, 'bytes'), // repeated double
        requestStartTime: field(11, 'int64'),
        requestStopTime: field(12, 'int64'),
      },
    },
    MultiFetchResponse: { fields: { metrics: repeated(1, 'FetchResponse') } },
    MultiGlobRequest: { fields: { metrics: repeated(1, 'string') } },
    GlobMatch: { fields: { path: field(1, 'string'), isLeaf: field(2, 'bool') } },
    GlobResponse: { fields: { name: field(1, 'string'), matches: repeated(2, 'GlobMatch') } },
    MultiGlobResponse: { fields: { metrics: repeated(1, 'GlobResponse') } },
    MultiMetricsInfoRequest: { fields: { names: repeated(1, 'string') } },
    Retention: {
      fields: { secondsPerPoint: field(1, 'int64'), numberOfPoints: field(2, 'int64') },
    },
    MetricsInfoResponse: {
      fields: {
        name: field(1, 'string'),
        consolidationFunc: field(2, 'string'),
        maxRetention: field(3, 'int64'),
        xFilesFactor: field(4, 'float'),
        retentions: repeated(5, 'Retention'),
      },
    },
    MultiMetricsInfoResponse: { fields: { metrics: repeated(1, 'MetricsInfoResponse') } },
  },
};

const root = protobuf.Root.fromJSON({ nested: { v2: V2, v3: V3 } });

/** The bytes of a message: `v2.MultiFetchResponse`, ... The caller keeps to the fields above. */
export function encodeMessage(type: string, message: object): Uint8Array {
  return root.lookupType(type).encode(message).finish();
}

/** A message with all its fields, 64-bit integers as numbers; undefined for bytes that are none. */
export function decodeMessage<T>(type: string, bytes: Uint8Array): T | undefined {
  const known = root.lookupType(type);
  const options = { longs: Number, arrays: true, defaults: true };
  try {
    return known.toObject(known.decode(bytes), options) as T;
  } catch {
    return undefined; // all that decoding complains of is the bytes
  }
}

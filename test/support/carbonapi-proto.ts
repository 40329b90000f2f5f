import protobuf from 'protobufjs';

/** The answers of carbonapi's protocols as their definitions have them, apart from how we write them. */
const { root } = protobuf.parse(
  `syntax = "proto3";
  message CapabilityResponse {
    repeated string supportedProtocols = 1; string name = 2; bool highPrecisionTimestamps = 3;
    bool supportFilteringFunctions = 4; bool likeSplittedRequests = 5; bool supportStreaming = 6;
  }
  message FetchResponseV2 {
    string name = 1; int32 startTime = 2; int32 stopTime = 3; int32 stepTime = 4;
    repeated double values = 5; repeated bool isAbsent = 6;
  }
  message MultiFetchResponseV2 { repeated FetchResponseV2 metrics = 1; }
  message FetchResponseV3 {
    string name = 1; string pathExpression = 2; string consolidationFunc = 3; int64 startTime = 4;
    int64 stopTime = 5; int64 stepTime = 6; float xFilesFactor = 7; bool highPrecisionTimestamps = 8;
    repeated double values = 9; repeated string appliedFunctions = 10; int64 requestStartTime = 11;
    int64 requestStopTime = 12;
  }
  message MultiFetchResponseV3 { repeated FetchResponseV3 metrics = 1; }
  message FetchRequestV3 {
    string name = 1; int64 startTime = 2; int64 stopTime = 3; bool highPrecisionTimestamps = 4;
    string pathExpression = 5; int64 maxDataPoints = 7;
  }
  message MultiFetchRequestV3 { repeated FetchRequestV3 metrics = 1; }
  message GlobMatch { string path = 1; bool isLeaf = 2; }
  message GlobResponse { string name = 1; repeated GlobMatch matches = 2; }
  message MultiGlobResponse { repeated GlobResponse metrics = 1; }
  message MultiGlobRequest { repeated string metrics = 1; int64 startTime = 2; int64 stopTime = 3; }
  message RetentionV2 { int32 secondsPerPoint = 1; int32 numberOfPoints = 2; }
  message InfoResponseV2 {
    string name = 1; string aggregationMethod = 2; int32 maxRetention = 3; float xFilesFactor = 4;
    repeated RetentionV2 retentions = 5;
  }
  message MultiMetricsInfoRequest { repeated string names = 1; }
  message RetentionV3 { int64 secondsPerPoint = 1; int64 numberOfPoints = 2; }
  message MetricsInfoResponseV3 {
    string name = 1; string consolidationFunc = 2; int64 maxRetention = 3; float xFilesFactor = 4;
    repeated RetentionV3 retentions = 5;
  }
  message MultiMetricsInfoResponseV3 { repeated MetricsInfoResponseV3 metrics = 1; }`,
);

export function decodeProto<T = unknown>(type: string, bytes: Uint8Array): T {
  const known = root.lookupType(type);
  return known.toObject(known.decode(bytes), { longs: Number, defaults: true, arrays: true }) as T;
}

export function encodeProto(type: string, message: object): Buffer {
  return Buffer.from(root.lookupType(type).encode(message).finish());
}

import { type CarbonlinkRequest, readRequest } from './carbonlink-request.js';
import { FrameStream } from './frame-stream.js';
import { decodePickle } from './pickle-decoder.js';

export {
  answer,
  type CarbonlinkBackend,
  type Datapoints,
  type Metadata,
  type MetadataKey,
} from './carbonlink-answer.js';
export type { CarbonlinkRequest, MetricKey } from './carbonlink-request.js';

/** The longest request. Carbon takes 1 GiB; what a request of this size names is a million metrics. */
export const CARBONLINK_FRAME_BYTES_MAX = 16 * 1024 * 1024;

/** `open`, or why the connection has to be closed, once the requests before are answered. */
export type CarbonlinkState = 'open' | 'frame-too-long' | 'malformed-pickle' | 'malformed-request';

/** Carbon's cache query protocol (port 7002) of one TCP connection: the requests it brings. */
export class CarbonlinkStream {
  readonly #frames: FrameStream;
  #state: CarbonlinkState = 'open';

  constructor(frameBytesMax = CARBONLINK_FRAME_BYTES_MAX) {
    this.#frames = new FrameStream(frameBytesMax);
  }

  get state(): CarbonlinkState {
    return this.#state;
  }

  /** The requests that `chunk` completes, to be answered in order; then look at `state`. */
  push(chunk: Uint8Array): CarbonlinkRequest[] {
    const requests: CarbonlinkRequest[] = [];
    if (this.#state !== 'open') return requests;
    for (const frame of this.#frames.push(chunk)) {
      const pickle = decodePickle(frame);
      if (pickle.fault) {
        this.#state = 'malformed-pickle';
        return requests;
      }
      const request = readRequest(pickle.value);
      if (!request) {
        this.#state = 'malformed-request';
        return requests;
      }
      requests.push(request);
    }
    if (this.#frames.overlong) this.#state = 'frame-too-long';
    return requests;
  }
}

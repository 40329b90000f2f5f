import { connect, type Socket } from 'node:net';

const HEADERS_END = '\r\n\r\n';
/** With the end of the chunk before it. */
const LAST_CHUNK = Buffer.from('\r\n0\r\n\r\n');

export interface RawAnswer {
  readonly status: number;
  readonly bodyBytes: number;
  /** Empty unless it was to be kept. */
  readonly body: Buffer;
}

interface Asked {
  resolve: (answer: RawAnswer) => void;
  reject: (error: Error) => void;
  keep: boolean;
}

/** Into which all connections read, one after the other: new memory for each read would cost more than the read. */
const ROOM = Buffer.alloc(256 * 1024);

/**
 * One connection that asks one request after the other, and reads no more of an answer than it has to: a client of Node's
 * `http` takes as long for an answer as the server. It is opened again where the server has closed it.
 */
export class RawConnection {
  readonly #host: string;
  readonly #port: number;
  #socket: Socket | undefined;
  #asked: Asked | undefined;
  #status = 0;
  /** Of the body: what is still to come; NaN while headers are read, infinite up to the end of the connection. */
  #left = Number.NaN;
  #bodyBytes = 0;
  #closes = false;
  #isChunked = false;
  /** The last bytes of a body in chunks. */
  #end: Buffer = Buffer.alloc(0);
  #parts: Buffer[] = [];

  constructor(base: string) {
    const { hostname, port } = new URL(base);
    this.#host = hostname;
    this.#port = Number(port);
  }

  /** @param headers of the request, each with its line end */
  get(path: string, keep = false, headers = ''): Promise<RawAnswer> {
    return new Promise((resolve, reject) => {
      this.#asked = { resolve, reject, keep };
      this.#left = Number.NaN;
      this.#bodyBytes = 0;
      this.#parts = [];
      this.#socket ??= this.#open();
      this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: ${this.#host}\r\n${headers}\r\n`);
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  #open(): Socket {
    const onread = {
      buffer: ROOM,
      callback: (count: number) => {
        this.#read(ROOM.subarray(0, count));
        return true;
      },
    };
    const socket = connect({ host: this.#host, port: this.#port, noDelay: true, onread });
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (this.#left === Number.POSITIVE_INFINITY) this.#answer();
      else if (this.#asked !== undefined) this.#fail(new Error('the server hung up'));
    });
    return socket;
  }

  #read(bytes: Buffer): void {
    if (Number.isNaN(this.#left)) this.#readHeaders(bytes);
    else this.#readBody(bytes);
  }

  #readHeaders(bytes: Buffer): void {
    const all = this.#parts.length === 0 ? bytes : Buffer.concat([...this.#parts, bytes]);
    const end = all.indexOf(HEADERS_END);
    if (end === -1) {
      this.#parts = [Buffer.from(all)];
      return;
    }
    const headers = all.toString('latin1', 0, end).toLowerCase();
    this.#isChunked = headers.includes('\r\ntransfer-encoding: chunked');
    this.#status = Number(headers.slice(9, 12));
    const length = /\r\ncontent-length: *(\d+)/.exec(headers)?.[1];
    this.#left = length === undefined ? Number.POSITIVE_INFINITY : Number(length);
    this.#closes = headers.includes('\r\nconnection: close') || headers.startsWith('http/1.0');
    this.#parts = [];
    this.#readBody(all.subarray(end + HEADERS_END.length));
  }

  #readBody(bytes: Buffer): void {
    this.#left -= bytes.length;
    this.#bodyBytes += bytes.length;
    if (this.#asked?.keep) this.#parts.push(Buffer.from(bytes));
    if (!this.#isChunked) {
      if (this.#left <= 0) this.#answer();
      return;
    }
    this.#end = Buffer.concat([this.#end, bytes.subarray(-LAST_CHUNK.length)]);
    this.#end = this.#end.subarray(-LAST_CHUNK.length);
    if (this.#end.equals(LAST_CHUNK)) this.#answer();
  }

  #answer(): void {
    if (this.#closes) this.close();
    const asked = this.#asked;
    this.#asked = undefined;
    this.#left = Number.NaN;
    const body = Buffer.concat(this.#parts);
    asked?.resolve({ status: this.#status, bodyBytes: this.#bodyBytes, body });
  }

  #fail(error: Error): void {
    const asked = this.#asked;
    this.#asked = undefined;
    this.close();
    asked?.reject(error);
  }
}

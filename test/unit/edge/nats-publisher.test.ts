import { Writable } from 'node:stream';
import { expect } from 'chai';
import type { Msg, NatsConnection } from 'nats';
import { NatsPublisher } from '../../../src/edge/nats-publisher.js';

const TIMEOUT_MS = 30;

/** A socket that notes the very pieces it is given, and takes them when it is told to. */
class Wire extends Writable {
  readonly pieces: Uint8Array[] = [];

  constructor() {
    super({
      writev: (chunks, done) => {
        this.pieces.push(...chunks.map(({ chunk }) => chunk));
        done();
      },
    });
  }

  get text(): string {
    return Buffer.concat(this.pieces).toString('latin1');
  }
}

function start(maxPayload = 1024) {
  const wire = new Wire();
  let inbox = '';
  let answer: (error: Error | null, message: Msg) => void = () => undefined;
  const client = {
    options: { inboxPrefix: '_INBOX_test' },
    protocol: {
      connected: true,
      info: { max_payload: maxPayload },
      transport: { socket: wire as Wire | undefined },
      flushPending: () => void wire.write('PUB before 0\r\n\r\n'),
    },
    isClosed: () => false,
    subscribe: (subject: string, { callback }: { callback: typeof answer }) => {
      inbox = subject.slice(0, -1);
      answer = callback;
    },
  };
  const publisher = new NatsPublisher(client as unknown as NatsConnection, TIMEOUT_MS);
  return {
    wire,
    client,
    publisher,
    inbox: () => inbox,
    answer: (token: number) => {
      const message = { subject: `${inbox}${token}` } as Msg;
      answer(null, message);
      return message;
    },
  };
}

async function failure(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    ({ code, message }) => `${code}: ${message}`,
  );
}

describe('NatsPublisher', () => {
  it('writes a message as the protocol has it, behind what was published before', async () => {
    const { wire, publisher, inbox, answer } = start();
    const answered = publisher.publish('shard.7.batch', Buffer.from('points'), 'relay1:99:7:0');
    const headers = 'NATS/1.0\r\nNats-Msg-Id: relay1:99:7:0\r\n\r\n';
    expect(inbox()).to.match(/^_INBOX_test\.\w+\.$/);
    expect(wire.text).to.equal(
      `PUB before 0\r\n\r\nHPUB shard.7.batch ${inbox()}0 ${headers.length} ${headers.length + 6}\r\n${headers}points\r\n`,
    );
    expect(await Promise.all([answered, answer(0)])).to.satisfy(([a, b]: Msg[]) => a === b);
  });

  it('does not copy the bytes', async () => {
    const { wire, publisher, answer } = start();
    const bytes = new Uint8Array(500).fill(7);
    const answered = publisher.publish('a', bytes, 'id');
    expect(wire.pieces.some((piece) => piece.buffer === bytes.buffer)).to.equal(true);
    answer(0);
    await answered;
  });

  it('gives each answer to its message', async () => {
    const { publisher, answer } = start();
    const [first, second] = ['a', 'b'].map((id) => publisher.publish('a', Buffer.from(id), id));
    const [two, one] = [answer(1), answer(0)];
    expect(await first).to.equal(one);
    expect(await second).to.equal(two);
  });

  it('gives up when no answer comes, and a late one is not taken for that of the next try', async () => {
    const { publisher, answer } = start();
    const first = publisher.publish('a', Buffer.from('x'), 'id');
    expect(await failure(first)).to.equal(`PUBLISH_UNANSWERED: no answer within ${TIMEOUT_MS} ms`);
    let isOver = false;
    const second = publisher.publish('a', Buffer.from('x'), 'id').finally(() => (isOver = true));
    answer(0);
    await new Promise((done) => setImmediate(done));
    expect(isOver).to.equal(false);
    const answered = answer(1);
    expect(await second).to.equal(answered);
  });

  it('publishes nothing that no connection takes', async () => {
    const { wire, client, publisher } = start();
    client.protocol.connected = false;
    const refused = 'PUBLISH_UNANSWERED: no connection to nats-server';
    expect(await failure(publisher.publish('a', Buffer.from('x'), 'id'))).to.equal(refused);
    client.protocol.connected = true;
    client.protocol.transport.socket = undefined;
    expect(await failure(publisher.publish('a', Buffer.from('x'), 'id'))).to.equal(refused);
    expect(wire.text).to.equal('');
  });

  it('publishes nothing that the server would close the connection for', async () => {
    const { wire, publisher, answer } = start(100);
    const headersLength = 'NATS/1.0\r\nNats-Msg-Id: id\r\n\r\n'.length;
    const refused = await failure(
      publisher.publish('a', new Uint8Array(101 - headersLength), 'id'),
    );
    expect(refused).to.equal('PUBLISH_UNANSWERED: a message of 101 bytes is larger than 100');
    expect(wire.text).to.equal('');
    const fits = publisher.publish('a', new Uint8Array(100 - headersLength), 'id');
    answer(1);
    await fits;
  });
});

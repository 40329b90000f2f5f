import { expect } from 'chai';
import type { Msg, NatsConnection } from 'nats';
import { NatsBus } from '../../../src/edge/nats-bus.js';
import { FakeLogger } from '../../support/fake-logger.js';

const LONG = 100_000;
const PART = 512 * 1024;

/** A client that notes what it is told to send, and what is written past it. */
function start(isConnected = true) {
  const sent: (string | Uint8Array)[] = [];
  let receive: (error: null, message: Msg) => void = () => undefined;
  const note = (bytes: string | Uint8Array): void => void sent.push(bytes);
  const client = {
    protocol: {
      connected: isConnected,
      info: { max_payload: 1024 * 1024 },
      transport: { socket: { cork: () => undefined, uncork: () => undefined, write: note } },
      flushPending: () => note('flush'),
    },
    isClosed: () => false,
    subscribe: (_subject: string, options: { callback: typeof receive }) => {
      receive = options.callback;
    },
  };
  const bus = new NatsBus(client as unknown as NatsConnection, new FakeLogger());
  const ask = async (reply: Uint8Array): Promise<typeof sent> => {
    bus.serve('asked', async () => reply);
    const respond = (bytes: Uint8Array): boolean => sent.push('respond', bytes) > 0;
    receive(null, { data: new Uint8Array(), reply: '_INBOX.1', respond } as unknown as Msg);
    await new Promise((done) => setImmediate(done));
    return sent;
  };
  return { ask };
}

describe('NatsBus', () => {
  it('has the client send short replies', async () => {
    const reply = new Uint8Array(1_000);
    expect(await start().ask(reply)).to.deep.equal(['respond', reply]);
  });

  it('writes long replies as they are, behind what was published before', async () => {
    const reply = new Uint8Array(LONG);
    const [flush, head, payload, end] = await start().ask(reply);
    expect([flush, head, String(end)]).to.deep.equal(['flush', `PUB _INBOX.1 ${LONG}\r\n`, '\r\n']);
    expect((payload as Uint8Array).buffer).to.equal(reply.buffer);
  });

  it('ends a reply of several parts with a shorter one, which may be empty', async () => {
    const sent = await start().ask(new Uint8Array(2 * PART));
    const heads = sent.filter((one) => typeof one === 'string' && one.startsWith('PUB'));
    expect(heads).to.deep.equal([`PUB _INBOX.1 ${PART}\r\n`, `PUB _INBOX.1 ${PART}\r\n`]);
    expect(sent.slice(-2)).to.deep.equal(['respond', new Uint8Array(0)]);
  });

  it('leaves it to the client what becomes of a reply without a connection', async () => {
    const reply = new Uint8Array(LONG);
    expect(await start(false).ask(reply)).to.deep.equal(['respond', reply]);
  });
});

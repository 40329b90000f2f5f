import { expect } from 'chai';
import fc from 'fast-check';
import {
  answer,
  type CarbonlinkBackend,
  type CarbonlinkRequest,
  CarbonlinkStream,
} from '../../../src/protocols/carbonlink.js';
import { decodePickle } from '../../../src/protocols/pickle-decoder.js';
import { PickleWriter } from '../../../src/protocols/pickle-encoder.js';
import type { PickleDict } from '../../../src/protocols/pickle-values.js';

const NOTHING = { timestamps: [], values: [] };
const BACKEND: CarbonlinkBackend = {
  query: async () => NOTHING,
  bulk: async (metrics) => metrics.map(() => NOTHING),
  getMetadata: async () => ({ value: 'last' }),
  setMetadata: async () => ({ value: 'last' }),
};

function query(metric: string): Uint8Array {
  const writer = new PickleWriter().dict().mark();
  return writer.text('type').text('cache-query').text('metric').text(metric).setItems().finish();
}

function frame(pickle: string): Uint8Array {
  const bytes = Buffer.from(`\0\0\0\0${pickle}`, 'latin1');
  bytes.writeUInt32BE(bytes.length - 4);
  return bytes;
}

describe('CarbonlinkStream', () => {
  it('gives the requests before a bad one, and none after it', () => {
    const stream = new CarbonlinkStream();
    const requests = stream.push(Buffer.concat([query('a'), frame('N.'), query('b')]));
    expect(requests).to.deep.equal([{ type: 'cache-query', metric: 'a' }]);
    expect(stream.state).to.equal('malformed-request');
    expect(stream.push(query('c'))).to.deep.equal([]);
  });

  it('closes when a request would run code', () => {
    const stream = new CarbonlinkStream();
    stream.push(frame("(dS'type'\ncos\nsystem\n(S'true'\ntRs."));
    expect(stream.state).to.equal('malformed-pickle');
  });

  it('reads odd requests as carbon does', () => {
    const asked = (pickle: string) => {
      const stream = new CarbonlinkStream();
      return [stream.push(frame(pickle))[0], stream.state] as const;
    };
    // No metrics at all, in a text.
    expect(asked("(dS'type'\nS'cache-query-bulk'\nsS'metrics'\nS''\ns.")).to.deep.equal([
      { type: 'cache-query-bulk', metrics: [] },
      'open',
    ]);
    expect(asked("(dS'type'\n(ts.")).to.deep.equal([undefined, 'malformed-request']);
    for (const [written, text] of [
      ['Fnan\n', 'nan'],
      ['F-inf\n', '-inf'],
      ['L1180591620717411303424L\n', '1180591620717411303424'],
      [']', '<list>'],
      ['}', '<dict>'],
      ['C\x01a', '<bytes>'],
    ])
      expect(asked(`(dS'type'\n${written}s.`)).to.deep.equal([{ type: 'unknown', text }, 'open']);
  });

  it('takes a value that is no text for a method that there is not, as carbon does', async () => {
    const stream = new CarbonlinkStream();
    const set = "(dS'type'\nS'set-metadata'\nsS'metric'\nS'a'\nsS'key'\nS'aggregationMethod'\ns";
    const [request] = stream.push(frame(`${set}S'value'\nNs.`));
    const asked: string[] = [];
    await answer(request, {
      ...BACKEND,
      setMetadata: async (_metric, _key, value) => {
        asked.push(value);
        return { error: 'no such method' };
      },
    });
    expect(asked).to.deep.equal(['None']);
  });

  it('is not taken in by huge numbers', async () => {
    const long = `\x8b\0\0\x0f\0${'\x7f'.repeat(0x0f0000)}`;
    const started = performance.now();
    const stream = new CarbonlinkStream();
    for (const request of stream.push(frame(`(dS'type'\n${long}s.`)))
      await answer(request, BACKEND);
    const bulk = `(dS'type'\nS'cache-query-bulk'\nsS'metrics'\n(${long}lps.`;
    stream.push(frame(bulk.replace('lps', 'ls')));
    expect(stream.state).to.equal('malformed-request');
    expect(performance.now() - started).to.be.below(3000);
  });

  it('survives random bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 }), { maxLength: 4 }), (chunks) => {
        const stream = new CarbonlinkStream();
        for (const chunk of chunks) stream.push(chunk);
        for (const chunk of chunks) stream.push(frame(Buffer.from(chunk).toString('latin1')));
        expect(new CarbonlinkStream().push(query('ok'))).to.have.length(1);
      }),
      { seed: 20071, numRuns: 300 },
    );
  });
});

describe('carbonlink answers', () => {
  async function answered(request: CarbonlinkRequest): Promise<PickleDict> {
    const bytes = await answer(request, BACKEND);
    return decodePickle(bytes.subarray(4)).value as PickleDict;
  }

  it('asks the backend for texts only', async () => {
    const asked: string[][] = [];
    const backend = {
      ...BACKEND,
      bulk: async (metrics: readonly string[]) => {
        asked.push([...metrics]);
        return metrics.map(() => NOTHING);
      },
    };
    const metrics = ['a', 5, null, true, 1.5];
    const bytes = await answer({ type: 'cache-query-bulk', metrics }, backend);
    const dict = decodePickle(bytes.subarray(4)).value as PickleDict;
    expect([...(dict.get('datapointsByMetric') as PickleDict).keys()]).to.deep.equal(metrics);
    expect(asked).to.deep.equal([['a']]);
  });

  it('answers metadata faults without asking', async () => {
    const key = 'aggregationMethod';
    for (const request of [
      { type: 'get-metadata', metric: 'a', key: 'xFilesFactor' },
      { type: 'get-metadata', metric: undefined, key },
      { type: 'set-metadata', metric: undefined, key, value: 'max' },
    ] as CarbonlinkRequest[])
      expect([...(await answered(request)).keys()]).to.deep.equal(['error']);
  });

  it('rejects when the backend does', async () => {
    const backend = { ...BACKEND, query: () => Promise.reject(new Error('away')) };
    const failure = await answer({ type: 'cache-query', metric: 'a' }, backend).catch((e) => e);
    expect(failure).to.have.property('message', 'away');
  });
});

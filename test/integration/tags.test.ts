import { expect } from 'chai';
import { ClusterUnderTest, eventually, NODES } from '../support/cluster.js';
import { LineProducer } from '../support/producers.js';

/** What `curl -d` says of any body. */
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

describe('tags and events in a cluster', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let nowS = 0;
  const names = Array.from({ length: 30 }, (_, i) => `cpu.load;dc=dc${i % 3};host=h${i}`);

  before(async function () {
    nowS = Math.floor(Date.now() / 10_000) * 10;
    cluster = await ClusterUnderTest.start(this);
  });

  after(() => cluster?.remove());

  async function ask(path: string, body?: string): Promise<unknown> {
    const url = `http://127.0.0.1:${cluster.ports.http}${path}`;
    const answer = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      ...(body !== undefined && { body, headers: FORM }),
    });
    return answer.json();
  }

  /** Waits until a question has this answer. */
  function found(path: string, wanted: readonly string[]): Promise<void> {
    return eventually(30_000, path, async () => {
      const answer = await ask(path);
      return JSON.stringify(answer) === JSON.stringify(wanted);
    });
  }

  it('finds series by their tags as soon as points come', async () => {
    const producer = await LineProducer.connect(cluster.ports.line);
    await producer.send(names.map((metric, i) => ({ metric, timestamp: nowS, value: i })));
    await found('/tags/findSeries?expr=name=cpu.load', names.toSorted());
    const { values } = (await ask('/tags/dc')) as { values: { value: string; count: number }[] };
    expect(values.map(({ value, count }) => [value, count])).to.deep.equal([
      ['dc0', 10],
      ['dc1', 10],
      ['dc2', 10],
    ]);
    const target = "seriesByTag('name=cpu.load','host=~h1$')";
    const query = new URLSearchParams({ target, from: '-10min', format: 'json' });
    const [series] = (await ask(`/render?${query}`)) as { target: string }[];
    expect(series.target).to.equal(names[1]);
  });

  it('finds them after all nodes were killed and have started again', async () => {
    await ask('/tags/tagSeries', new URLSearchParams({ path: 'deploys;app=shop' }).toString());
    await cluster.settled(30_000);
    for (const node of NODES) cluster.signalChild(node, 'SIGKILL');
    await found('/tags/findSeries?expr=name=cpu.load', names.toSorted());
    await found('/tags/autoComplete/values?tag=app', ['shop']);
  });

  it('keeps events, whichever way they are posted', async () => {
    const event = { what: 'Deploy', tags: 'deploy web', when: nowS, data: 'v1' };
    const stored = await ask('/events/', JSON.stringify(event));
    expect(stored).to.deep.equal({ ...event, tags: ['deploy', 'web'], id: 1 });
    expect(await ask(`/events/get_data?from=-1h&tags=web`)).to.deep.equal([stored]);
    expect(await ask(`/events/get_data?from=-1h&tags=other`)).to.deep.equal([]);
  });
});

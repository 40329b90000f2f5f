import { expect } from 'chai';
import { type RenderApp, renderApp } from '../../../support/render-app.js';

const WINDOW = 'from=1699996400&until=1700000000&now=1700000000';
const PNG = '89504e470d0a1a0a';

describe('drawings', function () {
  this.timeout(20_000);
  let app: RenderApp;

  before(async () => {
    app = await renderApp();
  });
  after(() => app.close());

  const draw = (query: string) => app.http.inject({ url: `/render?${WINDOW}&${query}` });
  const svg = async (query: string) => (await draw(`format=svg&${query}`)).body;

  it('are PNGs of the size that was asked for', async () => {
    const answer = await draw('target=servers.web0*.cpu.user&width=400&height=123');
    expect(answer.headers['content-type']).to.equal('image/png');
    expect(answer.rawPayload.toString('hex', 0, 8)).to.equal(PNG);
    expect(answer.rawPayload.readUInt32BE(16)).to.equal(400);
    expect(answer.rawPayload.readUInt32BE(20)).to.equal(123);
  });

  it('are made of values that lie far out, or further apart than any number', async () => {
    const far = 'target=constantLine(1e300)&yMin=0&yMax=0.000001';
    const apart = ['1e308', '-1e308', '-1.7e308', '0'].map(
      (value) => `target=constantLine(${value})`,
    );
    const stacked = `${far}&target=edge.const&areaMode=stacked`;
    const outside = 'target=edge.const&yMin=1000&yMax=2000';
    for (const query of [outside, far, apart.join('&'), stacked, `${far}&lineMode=staircase`]) {
      const answer = await draw(query);
      expect(answer.rawPayload.toString('hex', 0, 8), query).to.equal(PNG);
    }
  });

  it('are made of values of any size, with labels that say which', async () => {
    const tiny = ['target=constantLine(1e-20)', 'target=constantLine(1e-320)'];
    const bounds = [
      'target=constantLine(1.7e308)&yMin=-1.7e308',
      'target=constantLine(5)&yMin=0&yMax=1e-320',
      'target=constantLine(1e300)&yMin=0&yMax=1e-300',
      'target=constantLine(1e-20)&target=secondYAxis(constantLine(5))',
    ];
    for (const query of [...tiny, ...bounds]) {
      const answer = await draw(query);
      expect(answer.rawPayload.toString('hex', 0, 8), query).to.equal(PNG);
    }
    const text = await svg('target=constantLine(5e-20)&yMin=0');
    for (const label of ['1e-20', '5e-20']) expect(text).to.contain(`>${label}<`);
  });

  it('hold titles and names as text that is no markup', async () => {
    const text = await svg('target=servers.web01.cpu.user&title=a<script>"%26&vtitle=per+cent');
    expect(text).to.match(/^<svg width="330" height="250"/);
    expect(text).to.contain('a&lt;script&gt;&quot;&amp;');
    expect(text).not.to.contain('<script');
    for (const word of ['per cent', 'servers.web01.cpu.user']) expect(text).to.contain(word);
  });

  it('leave out what is to be hidden', async () => {
    const target = 'target=servers.web01.cpu.user';
    expect(await svg(`${target}&hideLegend=true`)).not.to.contain('servers.web01.cpu.user');
    expect(await svg(`${target}&graphOnly=true&title=x`)).not.to.contain('<text');
    expect(await svg('target=no.such')).to.contain('No Data');
  });

  it('follow colours, bounds and the time zone', async () => {
    const text = await svg(
      'target=servers.web01.cpu.user&colorList=123456&bgcolor=654321&yMin=0&yMax=500&tz=Asia/Kolkata',
    );
    for (const word of ['#123456', '#654321', '>500<']) expect(text).to.contain(word);
    expect(text).to.match(/>0[23]:\d\d</);
    expect(await svg('target=servers.web01.cpu.user')).to.match(/>2[12]:\d\d</);
  });

  it('have areas, stairs and pies', async () => {
    const target = 'target=servers.web0*.cpu.user&width=500';
    const plain = await svg(target);
    for (const query of [
      'areaMode=all',
      'areaMode=first',
      'areaMode=stacked',
      'lineMode=staircase',
      'lineMode=connected',
      'graphType=pie',
      'drawNullAsZero=true',
      'logBase=10',
    ]) {
      const text = await svg(`${target}&${query}`);
      expect(text, query).to.match(/^<svg /);
      expect(text, query).not.to.equal(plain);
    }
  });

  it('show values of stacked series where they are, and do not add them up once more', async () => {
    const double = 'scale(edge.const,2)';
    const range = 'yMin=0&height=400';
    for (const target of [
      `stacked(group(edge.const,edge.const))`,
      `areaBetween(group(edge.const,${double}))`,
    ]) {
      const text = await svg(`target=${target}&${range}`);
      expect(text, target).to.contain('>10<');
      expect(text, target).not.to.match(/>1[1-9]</);
    }
    // The upper is below the lower: the area lies between the two all the same.
    const turned = await svg(`target=areaBetween(group(${double},edge.const))&${range}`);
    expect(turned)
      .to.contain('>10<')
      .and.not.to.match(/>1[1-9]</);
    const summed = await svg(`target=group(edge.const,${double})&areaMode=stacked&${range}`);
    expect(summed).to.match(/>1[2-6]</);
  });

  it('come as a script for jsonp', async () => {
    const text = await svg('target=edge.const&jsonp=show');
    expect(text).to.match(/^show\("<svg /);
  });

  it('are refused where they would show too many series', async () => {
    const answer = await draw(Array.from({ length: 1001 }, () => 'target=edge.const').join('&'));
    expect(answer.statusCode, answer.body).to.equal(422);
  });
});

import { expect } from 'chai';
import { type RenderApp, renderApp } from '../../../support/render-app.js';

describe('the clients of the HTTP interface', () => {
  let app: RenderApp;
  afterEach(() => app.close());

  const from = (remoteAddress: string, headers: Record<string, string> = {}, url = '/version') =>
    app.http.inject({ url, remoteAddress, headers });

  it('are sent away one by one when they ask too much', async () => {
    app = await renderApp({ requestsPerSecondMax: 3 });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await from('10.0.0.1')).statusCode);
    expect(statuses).to.deep.equal([200, 200, 200, 429, 429]);
    const refused = await from('10.0.0.1');
    expect(refused.json()).to.include({ code: 'TOO_MANY_REQUESTS' });
    expect(refused.headers['retry-after']).to.equal('1');
    expect((await from('10.0.0.2')).statusCode).to.equal(200);
    expect((await from('10.0.0.1', {}, '/lb_check')).statusCode).to.equal(200);
  });

  it('are those that a trusted proxy names, and no others', async () => {
    app = await renderApp({ requestsPerSecondMax: 1, trustedProxies: '10.0.0.0/8' });
    const forwarded = (client: string) => ({ 'x-forwarded-for': client });
    expect((await from('10.0.0.1', forwarded('192.0.2.1'))).statusCode).to.equal(200);
    expect((await from('10.0.0.1', forwarded('192.0.2.2'))).statusCode).to.equal(200);
    expect((await from('10.0.0.1', forwarded('192.0.2.1'))).statusCode).to.equal(429);
    expect((await from('203.0.113.9', forwarded('192.0.2.3'))).statusCode).to.equal(200);
    expect((await from('203.0.113.9', forwarded('192.0.2.4'))).statusCode).to.equal(429);
  });

  it('are told of in the log, with what they asked', async () => {
    app = await renderApp({ requestLog: true });
    await app.http.inject({
      method: 'POST',
      url: '/render?format=json',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'x-dashboard-id': '7',
        authorization: 'Bearer secret',
      },
      payload: 'target=servers.web01.cpu.user&from=-1h',
    });
    const { fields, level } = app.log.lines.at(-1)!;
    expect(level).to.equal('info');
    expect(fields).to.include({ url: '/render?format=json', status: 200, 'x-dashboard-id': '7' });
    expect(fields).to.deep.include({ asked: ['servers.web01.cpu.user'] });
    expect(JSON.stringify(app.log.lines)).not.to.contain('secret');
  });

  it('are told of when they waited long', async () => {
    app = await renderApp({ slowRequestMs: 0.000_1 });
    await app.http.inject({ url: '/version' });
    expect(app.log.texts('warn')).to.deep.equal(['a slow request']);
  });
});

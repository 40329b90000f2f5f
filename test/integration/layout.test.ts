import { expect } from 'chai';
import { connect, type NatsConnection } from 'nats';
import { systemClock } from '../../src/edge/clock.js';
import { ensureStreams, refuseOtherLayout } from '../../src/edge/nats-streams.js';
import { errorCode, errorText } from '../../src/errors.js';
import type { Layout } from '../../src/protocols/layout.js';
import { shardSubject } from '../../src/protocols/subjects.js';
import { FakeLogger } from '../support/fake-logger.js';
import { NatsServerUnderTest } from '../support/nats-server.js';

const LAYOUT: Layout = { shardCount: 4, routerHashType: 'carbon_ch' };
const MIB = 2 ** 20;

describe('the layout of the shard logs', function () {
  this.timeout(180_000);
  let server: NatsServerUnderTest | undefined;
  let connection: NatsConnection;

  before(async function () {
    server = await NatsServerUnderTest.start(this);
    connection = await connect({ servers: server.url });
  });

  after(async () => {
    await connection?.close();
    await server?.stop();
  });

  const ensure = (layout: Layout): Promise<void> =>
    ensureStreams(
      connection,
      {
        ...layout,
        streamReplicas: 1,
        shardLogMaxAgeMs: 3_600_000,
        shardLogMaxBytes: MIB,
        ingestMaxAgeMs: 3_600_000,
        ingestMaxBytes: MIB,
      },
      systemClock,
      new FakeLogger(),
    );
  /** What a process with that layout is refused for; undefined for nothing. */
  const refusal = async (layout: Layout): Promise<string | undefined> => {
    try {
      await refuseOtherLayout(connection, layout, systemClock, new FakeLogger());
      return undefined;
    } catch (error) {
      expect(errorCode(error)).to.equal('LAYOUT_MISMATCH');
      return errorText(error);
    }
  };

  it('can change while no log holds a point, and not afterwards', async () => {
    await ensure({ shardCount: 2, routerHashType: 'jump_fnv1a_ch' });
    expect(await refusal(LAYOUT)).to.equal(undefined);
    await ensure(LAYOUT);
    await connection.jetstream().publish(shardSubject(3), 'a batch');
    expect(await refusal(LAYOUT)).to.equal(undefined);
    expect(await refusal({ ...LAYOUT, shardCount: 2 })).to.match(
      /^SHARD_3 holds points by another layout: SHARDS is 2 here and 4 there\. Put/,
    );
    expect(await refusal({ ...LAYOUT, routerHashType: 'mmh3_ch' })).to.match(
      /ROUTER_HASH_TYPE is mmh3_ch here and carbon_ch there/,
    );
  });

  it('is jump_fnv1a_ch for a log that does not say it', async () => {
    const manager = await connection.jetstreamManager();
    const { config } = await manager.streams.info('SHARD_3');
    await manager.streams.update('SHARD_3', { ...config, description: '' });
    expect(await refusal(LAYOUT)).to.match(/is carbon_ch here and jump_fnv1a_ch there/);
    expect(await refusal({ ...LAYOUT, routerHashType: 'jump_fnv1a_ch' })).to.equal(undefined);
  });
});

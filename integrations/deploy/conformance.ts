import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Release } from '../../domain/release.ts';
import type { DeployPort, EnvironmentPort } from './port.ts';

export interface DeployFixture {
  readonly deploy: DeployPort & EnvironmentPort;
  /** Where `service` runs its first version, without a candidate. */
  readonly environment: string;
  readonly service: string;
  /** Three other releases of the service that come up. */
  readonly releases: readonly [Release, Release, Release];
  close(): Promise<void>;
}

/** Every promise of `DeployPort` and `EnvironmentPort`. The tests follow one rollout, in order. */
export function deployConformance(name: string, open: () => Promise<DeployFixture>): void {
  describe(`DeployPort: ${name}`, () => {
    let at: DeployFixture;
    let first: Release;
    let place: { environment: string; service: string };
    beforeAll(async () => {
      at = await open();
      place = { environment: at.environment, service: at.service };
      first = (await at.deploy.describe(place)).stable.release;
    }, 60_000);
    afterAll(async () => at.close(), 30_000);

    const expectNow = async () => {
      const { stable, candidate } = await at.deploy.describe(place);
      const weight = candidate?.weight ?? 0;
      return { stable: stable.version, candidate: candidate?.version ?? null, weight };
    };
    const candidateVersion = async () => {
      const { candidate } = await at.deploy.describe(place);
      if (candidate === null) throw new Error('no candidate');
      return candidate.version;
    };

    test('the live state is described', async () => {
      const now = await at.deploy.describe(place);
      expect(now).toMatchObject({ ...place, candidate: null });
      expect((await fetch(`${now.url}/healthz`)).status).toBe(200);
    });

    test('a deployed release stands beside the stable one, healthy, without traffic, once', async () => {
      const input = { environment: at.environment, release: at.releases[0], key: 'deploy/1' };
      const now = await at.deploy.deploy(input);
      expect(now.candidate).toMatchObject({ release: at.releases[0], weight: 0 });
      expect(now.stable.release).toEqual(first);
      expect(await at.deploy.deploy(input)).toEqual(now);
    }, 30_000);

    test('a weight is set once, against the state that was read', async () => {
      const expected = await expectNow();
      const version = await candidateVersion();
      const change = { ...place, version, percent: 10, expect: expected, key: 'weight/10' };
      expect((await at.deploy.setWeight(change)).candidate?.weight).toBe(10);
      expect((await at.deploy.setWeight(change)).candidate?.weight).toBe(10);
      const stale = { ...change, percent: 50, key: 'weight/50' };
      await expect(at.deploy.setWeight(stale)).rejects.toMatchObject({ kind: 'StateConflict' });
      expect((await expectNow()).weight).toBe(10);
    });

    test('restored: all traffic at the release, no candidate, once', async () => {
      const input = { environment: at.environment, release: first, key: 'restore/1' };
      const now = await at.deploy.restore(input);
      expect(now).toMatchObject({ stable: { release: first }, candidate: null });
      expect(await at.deploy.restore(input)).toEqual(now);
    }, 30_000);

    test('promoted: the candidate is the stable one, once', async () => {
      const { environment } = at;
      await at.deploy.deploy({ environment, release: at.releases[1], key: 'deploy/2' });
      const version = await candidateVersion();
      const now = await at.deploy.promote({ ...place, version, key: 'promote/2' });
      expect(now).toMatchObject({ stable: { version, release: at.releases[1] }, candidate: null });
      expect(await at.deploy.promote({ ...place, version, key: 'promote/2' })).toEqual(now);
    }, 30_000);

    test('a release that was stopped comes back as it was', async () => {
      const { environment } = at;
      const now = await at.deploy.restore({ environment, release: first, key: 'restore/2' });
      expect(now).toMatchObject({ stable: { release: first }, candidate: null });
      expect((await fetch(`${now.url}/healthz`)).status).toBe(200);
    }, 30_000);

    test('what is not there, or does not come up, is refused with a sentence', async () => {
      const rejected = { name: 'IntegrationError', kind: 'IntegrationRejected' };
      await expect(at.deploy.describe({ ...place, service: 'nothing' })).rejects.toMatchObject(
        rejected,
      );
      await expect(at.deploy.describe({ ...place, environment: 'no' })).rejects.toMatchObject(
        rejected,
      );
      const release = { ...first, commit: 'f'.repeat(40) };
      await expect(
        at.deploy.deploy({ environment: at.environment, release, key: 'deploy/x' }),
      ).rejects.toMatchObject({ name: 'IntegrationError' });
      expect((await at.deploy.describe(place)).candidate).toBeNull();
    }, 30_000);

    test('an environment is made once with its releases, listed, and destroyed once', async () => {
      const environment = 'shop-1-round-1';
      const releases = [at.releases[2]];
      const input = { environment, owner: 'SHOP-1', ttlMs: 60_000, releases, key: 'env/1' };
      const services = await at.deploy.create(input);
      const own = services.find(({ service }) => service === at.service);
      expect(own).toMatchObject({ environment, stable: { release: at.releases[2] } });
      expect((await fetch(`${own?.url ?? ''}/healthz`)).status).toBe(200);
      expect(await at.deploy.create(input)).toEqual(services);
      expect(await at.deploy.list({})).toContainEqual(
        expect.objectContaining({ environment, owner: 'SHOP-1' }),
      );
      await at.deploy.destroy({ environment, key: 'env/1/destroy' });
      await at.deploy.destroy({ environment, key: 'env/1/destroy' });
      const left = await at.deploy.list({});
      expect(left.map((one) => one.environment)).not.toContain(environment);
    }, 60_000);
  });
}

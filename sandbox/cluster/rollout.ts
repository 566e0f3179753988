import { Refusal } from './refusal.ts';
import { sameRelease, type Release } from './release.ts';
import type { RunningService } from './running-service.ts';
import type { ServiceState, Version } from './state.ts';

/** One service in one environment, and how its changes are made known. */
export interface RolloutContext {
  readonly state: ServiceState;
  readonly running: RunningService;
  /** Notes an effect about this service, which is written together with the state. */
  effect(kind: string, what: string): void;
  /** Saves the state; what was noted is seen outside from then on. */
  commit(): void;
}

export interface Expected {
  readonly stable: string;
  readonly candidate: string | null;
  readonly weight: number;
}

/** Starts the release beside stable at weight 0. The release that is there already is no change. */
export async function deploy(context: RolloutContext, release: Release): Promise<void> {
  const { state, running } = context;
  if (!state.candidate && sameRelease(state.stable.release, release)) return;
  if (state.candidate && !sameRelease(state.candidate.release, release)) {
    throw new Refusal('conflict', `${state.candidate.version} is being rolled out already.`);
  }
  if (!state.candidate) {
    state.candidate = { ...drawVersion(state, release), weight: 0, deployed: false };
    context.commit();
  }
  const candidate = state.candidate;
  try {
    await running.ensure(candidate);
  } catch (error) {
    state.candidate = null;
    context.commit();
    throw error;
  }
  await running.follow();
  if (candidate.deployed) return;
  candidate.deployed = true;
  context.effect('deploy', `${candidate.version}/deployed`);
  context.commit();
}

/** Compare and set: somebody who saw another state than the live one decides on nothing. */
export async function setWeight(
  context: RolloutContext,
  asked: { readonly version: string; readonly percent: number; readonly expect: Expected },
): Promise<void> {
  const { state, running } = context;
  const { version, percent, expect } = asked;
  const live = {
    stable: state.stable.version,
    candidate: state.candidate?.version ?? null,
    weight: state.candidate?.weight ?? 0,
  };
  if (live.candidate === version && live.weight === percent) return;
  const asExpected =
    live.stable === expect.stable &&
    live.candidate === expect.candidate &&
    live.weight === expect.weight;
  if (!asExpected || !state.candidate || live.candidate !== version) {
    throw new Refusal('conflict', `Not as expected: ${sentence(live)}.`);
  }
  state.candidate.weight = percent;
  context.effect('weight', `${version}/weight/${percent}`);
  context.commit();
  await running.follow();
}

/** The candidate becomes the stable version with all the traffic. */
export async function promote(context: RolloutContext, version: string): Promise<void> {
  const { state, running } = context;
  if (!state.candidate && state.stable.version === version) return;
  if (state.candidate?.version !== version || !state.candidate.deployed) {
    throw new Refusal('conflict', `${version} is not the candidate.`);
  }
  state.past.push(state.stable);
  state.stable = { version, release: state.candidate.release };
  state.candidate = null;
  context.effect('promote', `${version}/promoted`);
  context.commit();
  await running.follow();
}

/** All traffic to the release, started again if it is gone; every other version is stopped. */
export async function restore(context: RolloutContext, release: Release): Promise<void> {
  const { state, running } = context;
  const isStable = sameRelease(state.stable.release, release);
  if (isStable && !state.candidate) return running.ensure(state.stable);
  const target = isStable ? state.stable : findOrDraw(state, release);
  await running.ensure(target);
  const left = state.candidate ?? state.stable;
  const all = [...state.past, state.stable, ...(state.candidate ? [plain(state.candidate)] : [])];
  state.past = all.filter((one) => one.version !== target.version);
  state.stable = target;
  state.candidate = null;
  context.effect('restore', `${target.version}/restored-from/${left.version}`);
  context.commit();
  await running.follow();
}

function findOrDraw(state: ServiceState, release: Release): Version {
  const known = [...state.past, ...(state.candidate ? [plain(state.candidate)] : [])];
  return known.findLast((one) => sameRelease(one.release, release)) ?? drawVersion(state, release);
}

/** Without its weight. */
function plain({ version, release }: Version): Version {
  return { version, release };
}

function drawVersion(state: ServiceState, release: Release): Version {
  const version = `v${state.nextVersion}`;
  state.nextVersion += 1;
  return { version, release };
}

function sentence({ stable, candidate, weight }: Expected): string {
  return `${stable} is stable and ${candidate === null ? 'nothing else runs' : `${candidate} has ${weight} %`}`;
}

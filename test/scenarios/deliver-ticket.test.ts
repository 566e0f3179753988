import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApplicationFailure } from '@temporalio/common';
import { ticketWorkflowId } from '../../domain/task-queues.ts';
import type { TicketRow } from '../../domain/ticket.ts';
import { approveAll, decide, newKey, openStage, startTicket, until, type Stage } from './stage.ts';
import { createWorld, evidence, untilCancelled, type World } from './world.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
}, 60_000);
afterAll(() => stage.close());

/** One ticket in a world, from its start until `drive` has what it wants. */
async function deliver<T>(world: World, drive: (key: string) => Promise<T>): Promise<T> {
  const key = newKey();
  return stage.play(world, async () => {
    const handle = await startTicket(stage.client, key);
    try {
      return await drive(key);
    } finally {
      await handle.terminate('the test is over').catch(() => undefined);
    }
  });
}

const approveAllOf = (key: string): Promise<TicketRow> => approveAll(stage.client, key);
const atGate = (gate: string) => (ticket: TicketRow) => ticket.waiting?.for === `gate:${gate}`;

test('a ticket travels from its spec to stable, and the outside sees each thing once, in order', async () => {
  const world = createWorld();
  const ended = await deliver(world, approveAllOf);
  expect(ended).toMatchObject({
    outcome: 'stable',
    round: 1,
    rollouts: [{ verdict: 'promoted', steps: 2 }],
  });
  expect(ended.approvals.map((a) => [a.gate, a.by, a.channel])).toEqual([
    ['spec', 'reviewer', 'cli'],
    ['review', 'reviewer', 'cli'],
    ['release', 'reviewer', 'cli'],
  ]);
  expect(world.seen.filter((s) => !s.startsWith('comment'))).toEqual(
    [
      'message started',
      'message gate spec',
      'edit gate-closed: spec approved by reviewer',
      'move code',
      'push 1',
      'pull request',
      'move review',
      'message gate review',
      'edit gate-closed: review approved by reviewer',
      'move verification',
      'environment created',
      'environment destroyed',
      'message gate release',
      'edit gate-closed: release approved by reviewer',
      'move canary',
      'merge',
      'deploy',
      'weight 10',
      'weight 50',
      'promote',
      'move monitoring',
      'message done',
      'move done',
    ].sort(byFirstSeen(world.seen)),
  );
  expect(world.seen.filter((s) => s.startsWith('comment'))).toEqual([
    'comment started',
    'comment released',
    'comment done',
  ]);
});

/** Things that begin together may be seen in either order; each is still seen exactly once. */
const byFirstSeen =
  (seen: readonly string[]) =>
  (a: string, b: string): number =>
    seen.indexOf(a) - seen.indexOf(b);

test('every event is journaled, in an order whose revisions only grow, and the stages add up to the wall time', async () => {
  const world = createWorld();
  const ended = await deliver(world, approveAllOf);
  const revisions = world.journal.map((w) => w.ticket.revision);
  expect(revisions).toEqual([...revisions].sort((a, b) => a - b));
  const last = world.journal.at(-1);
  expect(last?.ticket).toMatchObject({ outcome: 'stable', revision: ended.revision });
  const counted = last?.intervals.reduce((sum, i) => sum + i.workingMs + i.waitingMs, 0);
  expect(counted).toBe((ended.endedAt ?? 0) - ended.startedAt);
  const ids = world.journal.flatMap((w) => w.entries.map((e) => e.id));
  expect(new Set(ids).size).toBe(ids.length);
});

describe('a refusal', () => {
  test('of the spec asks for an edit, and the edited ticket is read again', async () => {
    const world = createWorld();
    const ended = await deliver(world, async (key) => {
      await until(stage.client, key, atGate('spec'));
      await decide(stage.client, key, { kind: 'reject', gate: 'spec', reason: 'too vague' });
      await until(stage.client, key, (t) => t.waiting?.for === 'answers');
      expect(world.seen).not.toContain('push 1');
      await stage.client.workflow
        .getHandle(ticketWorkflowId(key))
        .signal('reportFact', { kind: 'ticket-edited', id: 'edit-1', key });
      const again = await until(stage.client, key, atGate('spec'));
      expect(again.packet?.version).toBe(2);
      return approveAllOf(key);
    });
    expect(ended.outcome).toBe('stable');
  });

  test('of the review hands back to code with its reason, and the old pull request is closed', async () => {
    const world = createWorld();
    const ended = await deliver(world, async (key) => {
      await until(stage.client, key, atGate('spec'));
      await decide(stage.client, key, { kind: 'approve', gate: 'spec' });
      await until(stage.client, key, atGate('review'));
      await decide(stage.client, key, { kind: 'reject', gate: 'review', reason: 'no index' });
      return approveAllOf(key);
    });
    expect(ended).toMatchObject({ outcome: 'stable', round: 2 });
    expect(world.seen.filter((s) => /push|pull request|handed-back|merge/.test(s))).toEqual([
      'push 1',
      'pull request',
      'pull request closed',
      ...both(world, 'message handed-back', 'comment handed-back'),
      'push 2',
      'pull request',
      'merge',
    ]);
  });

  test('of the release hands back, and nothing was merged or deployed', async () => {
    const world = createWorld();
    await deliver(world, async (key) => {
      for (const gate of ['spec', 'review'] as const) {
        await until(stage.client, key, atGate(gate));
        await decide(stage.client, key, { kind: 'approve', gate });
      }
      await until(stage.client, key, atGate('release'));
      await decide(stage.client, key, { kind: 'reject', gate: 'release', reason: 'Friday' });
      const back = await until(stage.client, key, (t) => t.round === 2 && t.stage === 'review');
      expect(back.outcome).toBeNull();
    });
    expect(world.seen).not.toContain('merge');
    expect(world.seen).not.toContain('deploy');
  });

  test('of the requester is told at once and changes nothing', async () => {
    await deliver(createWorld(), async (key) => {
      await until(stage.client, key, atGate('spec'));
      await expect(
        decide(stage.client, key, { kind: 'approve', gate: 'spec', by: 'requester' }),
      ).rejects.toMatchObject({
        cause: {
          type: 'DecisionRefused',
          message: expect.stringMatching(/^requester asked for this ticket/),
        },
      });
      expect((await until(stage.client, key, atGate('spec'))).approvals).toEqual([]);
    });
  });
});

/** Two things that start together, in the order in which they were seen. */
const both = (world: World, a: string, b: string): string[] => [a, b].sort(byFirstSeen(world.seen));

test('the same decision id twice is one decision with one receipt', async () => {
  await deliver(createWorld(), async (key) => {
    await until(stage.client, key, atGate('spec'));
    const once = { kind: 'approve', gate: 'spec', id: 'slack/1' } as const;
    const first = await decide(stage.client, key, once);
    await until(stage.client, key, (t) => t.stage !== 'spec');
    // In a later run of the workflow the server has forgotten the update id; the ticket has not.
    await until(stage.client, key, atGate('review'));
    expect(await decide(stage.client, key, once)).toBe(first);
    expect((await until(stage.client, key, atGate('review'))).approvals).toHaveLength(1);
  });
});

test('a click that is faster than its gate counts when the gate opens with exactly that content', async () => {
  const world = createWorld((seen) => ({
    intake: async (input) => {
      const whole = await createWorld().activities.intake(input);
      seen.push(`sealed ${whole.packet?.hash ?? ''}`);
      return whole;
    },
    commentOnTicket: async () => new Promise((resolve) => setTimeout(resolve, 500)),
  }));
  await deliver(world, async (key) => {
    const { packet } = await until(stage.client, key, (t) => t.packet !== null);
    expect(
      await decide(stage.client, key, {
        kind: 'approve',
        gate: 'spec',
        subject: packet?.hash ?? '',
      }),
    ).toMatch(/^Kept:/);
    const on = await until(stage.client, key, (t) => t.stage !== 'spec');
    expect(on.approvals).toMatchObject([
      { gate: 'spec', by: 'reviewer', contentHash: packet?.hash },
    ]);
  });
  expect(world.seen).not.toContain('message gate spec');
});

describe('a deadline', () => {
  test('never approves: the ticket is held, says so, and a late decision still counts', async () => {
    const world = createWorld();
    await deliver(world, async (key) => {
      const held = await until(
        stage.client,
        key,
        (t) => t.waiting?.sentence.startsWith('Held, not approved') ?? false,
      );
      expect(held).toMatchObject({ stage: 'spec', approvals: [], openGate: { gate: 'spec' } });
      await decide(stage.client, key, { kind: 'approve', gate: 'spec' });
      await until(stage.client, key, (t) => t.stage !== 'spec');
    });
    expect(world.seen).toContain('message held');
  });

  test('for CI holds the ticket as well, and CI that ends later still counts', async () => {
    let finished = false;
    const world = createWorld(() => ({
      readCi: async () =>
        finished
          ? { evidence: [evidence('ci')], pending: [] }
          : { evidence: [], pending: ['CI of shop/checkout'] },
    }));
    const ended = await deliver(world, async (key) => {
      for (const gate of ['spec', 'review'] as const) {
        await until(stage.client, key, atGate(gate));
        await decide(stage.client, key, { kind: 'approve', gate });
      }
      await until(
        stage.client,
        key,
        (t) => t.waiting?.sentence.startsWith('Held, not approved: CI did not finish') ?? false,
      );
      finished = true;
      await stage.client.workflow.getHandle(ticketWorkflowId(key)).signal('reportFact', {
        kind: 'ci-finished',
        id: 'check-1',
        key,
        repository: 'shop/checkout',
        commit: 'head1',
      });
      return approveAllOf(key);
    });
    expect(ended.outcome).toBe('stable');
  });

  test('for answers assumes nothing: the question stays open', async () => {
    const missing = [{ id: 'goal', text: 'What for?' }];
    const world = createWorld(() => ({
      intake: async (input) => ({
        ...(await createWorld().activities.intake(input)),
        packet: null,
        missing,
      }),
    }));
    await deliver(world, async (key) => {
      await until(
        stage.client,
        key,
        () => world.seen.filter((s) => s === 'message missing').length >= 2,
      );
      expect(await until(stage.client, key, (t) => t.waiting?.for === 'answers')).toMatchObject({
        stage: 'spec',
        packet: null,
      });
    });
    expect(world.seen.filter((s) => s === 'comment missing')).toHaveLength(1);
    expect(world.seen.some((s) => /push|pull request|move/.test(s))).toBe(false);
  });
});

test('what is missing can be answered instead of edited', async () => {
  const world = createWorld(() => ({
    intake: async (input) => {
      const whole = await createWorld().activities.intake(input);
      return input.answers.goal === undefined
        ? { ...whole, packet: null, missing: [{ id: 'goal', text: 'What for?' }] }
        : whole;
    },
  }));
  const ended = await deliver(world, async (key) => {
    await until(stage.client, key, (t) => t.waiting?.for === 'answers');
    await decide(stage.client, key, {
      kind: 'answer',
      question: 'goal',
      value: 'less waste',
      by: 'requester',
    });
    return approveAllOf(key);
  });
  expect(ended.outcome).toBe('stable');
});

describe('a failed stage', () => {
  test('of verification hands back with the evidence, and the environment is gone', async () => {
    let round = 0;
    const world = createWorld(() => ({
      runSuite: async () => evidence('suite', (round += 1) === 1 ? 'failed' : 'passed'),
    }));
    const ended = await deliver(world, approveAllOf);
    expect(ended).toMatchObject({ outcome: 'stable', round: 2 });
    expect(world.seen.filter((s) => s.startsWith('environment'))).toEqual([
      'environment created',
      'environment destroyed',
      'environment created',
      'environment destroyed',
    ]);
  });

  test('in which no check was executed does not pass', async () => {
    const world = createWorld(() => ({
      checkCriteria: async () => [evidence('criterion/AC-1', 'not-run')],
    }));
    await deliver(world, async (key) => {
      await approveUntil(key, (t) => t.waiting?.for === 'resume');
    });
    expect(world.seen).not.toContain('merge');
  });

  test('goes back at most as often as the policy says; then a person decides', async () => {
    const world = createWorld(() => ({
      runAgent: async () => ({
        baseCommit: 'b',
        patch: null,
        files: [],
        insertions: 0,
        deletions: 0,
        outcome: 'failed',
        sentence: 'gave up',
      }),
    }));
    await deliver(world, async (key) => {
      const held = await approveUntil(key, (t) => t.waiting?.for === 'resume');
      expect(held).toMatchObject({ round: 2, stage: 'code' });
      expect(held.waiting?.because).toMatch(
        /round 2 failed in code \(the agent did not finish in shop\/checkout: gave up\)/,
      );
    });
  });

  test('of CI hands back', async () => {
    let asked = 0;
    const world = createWorld(() => ({
      readCi: async () => ({
        evidence: [evidence('ci', (asked += 1) === 1 ? 'failed' : 'passed')],
        pending: [],
      }),
    }));
    const ended = await deliver(world, approveAllOf);
    expect(ended).toMatchObject({ outcome: 'stable', round: 2 });
    expect(world.seen).toContain('edit gate-closed: review is no longer to be decided');
  });
});

async function approveUntil(key: string, wished: (t: TicketRow) => boolean): Promise<TicketRow> {
  for (;;) {
    const ticket = await until(
      stage.client,
      key,
      (t) => wished(t) || (t.openGate !== null && (t.waiting?.for.startsWith('gate:') ?? false)),
    );
    if (wished(ticket)) return ticket;
    const gate = ticket.openGate?.gate;
    if (gate === 'spec' || gate === 'review' || gate === 'release')
      await decide(stage.client, key, { kind: 'approve', gate }).catch(() => undefined);
    await until(stage.client, key, (t) => wished(t) || t.openGate?.gate !== gate);
  }
}

test('CI that is not finished is waited for, and a fact makes the ticket look again', async () => {
  let finished = false;
  const world = createWorld(() => ({
    readCi: async () =>
      finished
        ? { evidence: [evidence('ci')], pending: [] }
        : { evidence: [], pending: ['CI of shop/checkout'] },
  }));
  const ended = await deliver(world, async (key) => {
    await until(stage.client, key, atGate('spec'));
    await decide(stage.client, key, { kind: 'approve', gate: 'spec' });
    await until(stage.client, key, atGate('review'));
    await decide(stage.client, key, { kind: 'approve', gate: 'review' });
    const waiting = await until(stage.client, key, (t) => t.waiting?.for === 'ci');
    expect(waiting.waiting?.sentence).toMatch(/^Waiting for CI of shop\/checkout, because/);
    finished = true;
    await stage.client.workflow.getHandle(ticketWorkflowId(key)).signal('reportFact', {
      kind: 'ci-finished',
      id: 'check-1',
      key,
      repository: 'shop/checkout',
      commit: 'head1',
    });
    return approveAllOf(key);
  });
  expect(ended.outcome).toBe('stable');
});

test.each([
  ['pushed over', { kind: 'branch-pushed', branch: 'baton/KEY/1', commit: 'other' }],
  ['closed by hand', { kind: 'pull-request-closed', number: 7, merged: false }],
])(
  'what is %s while it is under review makes the gate give way: nobody approves what they did not see',
  async (_what, fact) => {
    const world = createWorld();
    await deliver(world, async (key) => {
      await until(stage.client, key, atGate('spec'));
      await decide(stage.client, key, { kind: 'approve', gate: 'spec' });
      await until(stage.client, key, atGate('review'));
      const told = { id: 'fact-1', key, repository: 'shop/checkout', ...fact };
      const branch = `baton/${key}/1`;
      await stage.client.workflow
        .getHandle(ticketWorkflowId(key))
        .signal('reportFact', fact.kind === 'branch-pushed' ? { ...told, branch } : told);
      const back = await until(stage.client, key, (t) => t.round === 2);
      expect(back.approvals.filter((a) => a.gate === 'review')).toEqual([]);
    });
  },
);

describe('a cancellation', () => {
  test('in review closes the pull request, says what was undone, and ends', async () => {
    const world = createWorld();
    const ended = await deliver(world, async (key) => {
      await until(stage.client, key, atGate('spec'));
      await decide(stage.client, key, { kind: 'approve', gate: 'spec' });
      await until(stage.client, key, atGate('review'));
      await decide(stage.client, key, { kind: 'cancel', by: 'operator' });
      return until(stage.client, key, (t) => t.outcome !== null);
    });
    expect(ended.outcome).toBe('cancelled');
    expect(world.seen.slice(-3)).toEqual([
      'pull request closed',
      ...both(world, 'comment cancelled', 'message cancelled'),
    ]);
  });

  test('in verification takes the environment down', async () => {
    const world = createWorld(() => ({ runSuite: untilCancelled }));
    await deliver(world, async (key) => {
      await approveUntil(
        key,
        (t) => t.stage === 'verification' && world.seen.includes('environment created'),
      );
      await decide(stage.client, key, { kind: 'cancel', by: 'operator' });
      await until(
        stage.client,
        key,
        (t) => t.outcome === 'cancelled' && world.seen.includes('environment destroyed'),
      );
    });
  });

  test('in the canary returns the traffic, verifies it and reverts the merge before it ends', async () => {
    const world = createWorld(() => ({ watchStep: untilCancelled }));
    await deliver(world, async (key) => {
      await approveUntil(key, () => world.seen.includes('weight 10'));
      await decide(stage.client, key, { kind: 'cancel', by: 'operator' });
      await until(stage.client, key, (t) => t.outcome === 'cancelled');
    });
    expect(world.seen.slice(world.seen.indexOf('weight 10') + 1)).toEqual([
      'restore old',
      'restored state verified',
      'revert',
      'pull request closed',
      ...both(world, 'comment cancelled', 'message cancelled'),
    ]);
  });

  test("of the workflow itself (Temporal's own) undoes the same", async () => {
    const world = createWorld();
    const ended = await deliver(world, async (key) => {
      await until(stage.client, key, atGate('spec'));
      await decide(stage.client, key, { kind: 'approve', gate: 'spec' });
      await until(stage.client, key, atGate('review'));
      await stage.client.workflow.getHandle(ticketWorkflowId(key)).cancel();
      return until(stage.client, key, (t) => t.outcome !== null);
    });
    expect(ended.outcome).toBe('cancelled');
    expect(world.seen).toContain('pull request closed');
  });
});

test('a ticket moved back in Jira is held, not moved forward again; resumed it goes on', async () => {
  let position: 'moved-back' | 'as-expected' = 'moved-back';
  const world = createWorld(() => ({
    readTicketPosition: async () => ({ position, status: 'To Do' }),
  }));
  await deliver(world, async (key) => {
    await until(stage.client, key, atGate('spec'));
    const moved = {
      kind: 'ticket-moved',
      id: 'move-1',
      key,
      from: 'Ready for build',
      to: 'To Do',
      by: 'acc-requester',
    };
    await stage.client.workflow.getHandle(ticketWorkflowId(key)).signal('reportFact', moved);
    const held = await until(stage.client, key, (t) => t.waiting?.for === 'resume');
    expect(held.waiting?.sentence).toMatch(
      /^Held by jira: moved back to "To Do" in Jira by acc-requester\./,
    );
    position = 'as-expected';
    await decide(stage.client, key, { kind: 'approve', gate: 'spec' });
    expect((await until(stage.client, key, (t) => t.approvals.length === 1)).stage).toBe('spec');
    await decide(stage.client, key, { kind: 'resume', by: 'operator' });
    await until(stage.client, key, (t) => t.stage !== 'spec');
  });
});

test('a system that refuses for good holds the ticket with its own sentence; resumed, the stage runs again', async () => {
  let refuses = true;
  const world = createWorld(() => ({
    openPullRequest: async () => {
      if (refuses)
        throw ApplicationFailure.nonRetryable(
          'github: shop/checkout is archived',
          'IntegrationRejected',
        );
      return { pullRequest: { number: 7, url: 'u' }, authors: [] };
    },
  }));
  const ended = await deliver(world, async (key) => {
    const held = await approveUntil(key, (t) => t.waiting?.for === 'resume');
    expect(held.waiting?.because).toBe(
      'openPullRequest: github: shop/checkout is archived (IntegrationRejected)',
    );
    refuses = false;
    await decide(stage.client, key, { kind: 'resume', by: 'operator' });
    return approveAllOf(key);
  });
  expect(ended.outcome).toBe('stable');
});

test('a ticket that was cancelled and is taken up again goes on counting: no name is used twice', async () => {
  const earlier = {
    round: 1,
    revision: 40,
    packet: { version: 2, hash: `sha256:${'e'.repeat(64)}` },
  };
  const world = createWorld(() => ({ readEarlierLife: async () => earlier }));
  const ended = await deliver(world, approveAllOf);
  expect(ended).toMatchObject({ outcome: 'stable', round: 2 });
  expect(world.journal[0]?.ticket.revision).toBeGreaterThan(40);
  expect(world.seen).toContain('push 2');
});

test('an inconclusive canary asks a person, and is rolled back when nobody decides', async () => {
  let rounds = 0;
  const world = createWorld(() => ({
    watchStep: async ({ weight, lastWeight, candidate }) =>
      rounds === 0 && candidate === 'v2'
        ? { verdict: 'inconclusive', sentence: 'no readings', ticks: 5 }
        : { verdict: weight >= lastWeight ? 'promote' : 'advance', sentence: 'fine', ticks: 1 },
  }));
  await deliver(world, async (key) => {
    const asked = await approveUntil(key, (t) => t.waiting?.for === 'a decision about the canary');
    expect(asked.waiting?.sentence).toMatch(/because the canary is inconclusive \(no readings\)/);
    const back = await until(stage.client, key, (t) => t.round === 2);
    expect(back.rollouts).toMatchObject([{ verdict: 'rolled-back' }]);
    rounds = 1;
  });
  expect(world.seen).toContain('message inconclusive');
});

test('a spec edited after its approval holds the ticket: nobody delivers what nobody approved', async () => {
  const world = createWorld(() => ({ hasSpecChanged: async () => true }));
  await deliver(world, async (key) => {
    await until(stage.client, key, atGate('spec'));
    await decide(stage.client, key, { kind: 'approve', gate: 'spec' });
    await until(stage.client, key, atGate('review'));
    await stage.client.workflow
      .getHandle(ticketWorkflowId(key))
      .signal('reportFact', { kind: 'ticket-edited', id: 'edit-1', key });
    const held = await until(stage.client, key, (t) => t.waiting?.for === 'resume');
    expect(held.waiting?.because).toMatch(/^the ticket was edited after its spec was approved/);
    await decide(stage.client, key, { kind: 'approve', gate: 'review' });
    expect((await until(stage.client, key, (t) => t.approvals.length === 2)).stage).toBe('review');
  });
});

test('a spec edited while it waits for approval is read anew, and only the new one can be approved', async () => {
  const world = createWorld();
  await deliver(world, async (key) => {
    const first = await until(stage.client, key, atGate('spec'));
    await stage.client.workflow
      .getHandle(ticketWorkflowId(key))
      .signal('reportFact', { kind: 'ticket-edited', id: 'edit-1', key });
    const second = await until(
      stage.client,
      key,
      (t) => atGate('spec')(t) && t.packet?.version === 2,
    );
    expect(second.openGate?.subject).not.toBe(first.openGate?.subject);
    const old = { kind: 'approve', gate: 'spec', subject: first.openGate?.subject ?? '' } as const;
    await expect(decide(stage.client, key, old)).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/is no longer what is to be decided/) },
    });
    await decide(stage.client, key, { kind: 'approve', gate: 'spec' });
    await until(stage.client, key, (t) => t.stage !== 'spec');
  });
});

import { announceReview } from './announce.ts';
import {
  drawId,
  findPull,
  findRepository,
  githubError,
  paginate,
  signedIn,
  text,
  type GithubCall,
  type GithubContext,
  type GithubHandler,
} from './context.ts';
import { reviewResource } from './pull-resource.ts';
import { bodyOf } from './repository-routes.ts';
import type { Review } from './state.ts';

const PULL = '/repos/:owner/:repo/pulls/:number';

const STATES: Readonly<Record<string, Review['state']>> = {
  APPROVE: 'APPROVED',
  REQUEST_CHANGES: 'CHANGES_REQUESTED',
  COMMENT: 'COMMENTED',
};

export function reviewRoutes(context: GithubContext): Readonly<Record<string, GithubHandler>> {
  return {
    [`GET ${PULL}/reviews`]: (call) => {
      const repository = findRepository(context, call);
      const pull = findPull(repository, call);
      const { items, headers } = paginate(call, context.baseUrl(), pull.reviews);
      const body = items.map((review) =>
        reviewResource(context.baseUrl(), repository, pull, review),
      );
      return { status: 200, headers, body };
    },
    [`GET ${PULL}/reviews/:review`]: (call) => {
      const { repository, pull, review } = find(context, call);
      const body = reviewResource(context.baseUrl(), repository, pull, review);
      return { status: 200, body };
    },
    [`POST ${PULL}/reviews`]: (call) => create(context, call),
    [`PUT ${PULL}/reviews/:review/dismissals`]: (call) => dismiss(context, call),
  };
}

function find(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const pull = findPull(repository, call);
  const review = pull.reviews.find(({ id }) => String(id) === call.params['review']);
  if (!review) throw githubError(404, 'Not Found');
  return { repository, pull, review };
}

/** A review is of the commit it names; without one, of the present head. */
function create(context: GithubContext, call: GithubCall) {
  const repository = findRepository(context, call);
  const pull = findPull(repository, call);
  const person = signedIn(call);
  const input = bodyOf(call);
  const state = STATES[text(input['event']) ?? ''];
  const body = text(input['body']) ?? '';
  if (!state) throw githubError(422, 'Unprocessable Entity', ['Pending reviews are not kept here']);
  if (state !== 'COMMENTED' && person.id === pull.author) {
    const what = state === 'APPROVED' ? 'approve' : 'request changes on';
    throw githubError(422, 'Unprocessable Entity', [`Can not ${what} your own pull request`]);
  }
  if (state !== 'APPROVED' && body.trim() === '') {
    throw githubError(422, 'Unprocessable Entity', ["Body can't be blank"]);
  }
  const review: Review = {
    id: drawId(context),
    author: person.id,
    commit: text(input['commit_id']) ?? pull.headSha,
    submittedAt: Date.now(),
    body,
    state,
  };
  pull.reviews.push(review);
  pull.updatedAt = review.submittedAt;
  const subject = `${repository.fullName}/pull/${pull.branch}/review`;
  const verdict = `${person.githubLogin}/${state.toLowerCase()}/${review.commit}`;
  context.ledger.effect('review', `${subject}/${verdict}`);
  announceReview(context, repository, pull, review, person, 'submitted');
  context.ledger.commit();
  return { status: 200, body: reviewResource(context.baseUrl(), repository, pull, review) };
}

function dismiss(context: GithubContext, call: GithubCall) {
  const { repository, pull, review } = find(context, call);
  if (!text(bodyOf(call)['message'])) throw githubError(422, 'Validation Failed');
  review.state = 'DISMISSED';
  const subject = `${repository.fullName}/pull/${pull.branch}/review/${review.id}/dismissed`;
  context.ledger.effect('review', subject);
  announceReview(context, repository, pull, review, signedIn(call), 'dismissed');
  context.ledger.commit();
  return { status: 200, body: reviewResource(context.baseUrl(), repository, pull, review) };
}

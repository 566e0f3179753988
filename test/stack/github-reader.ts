import { z } from 'zod';

const pulls = z.array(
  z.object({
    number: z.int(),
    title: z.string(),
    body: z.string().nullable(),
    state: z.enum(['open', 'closed']),
    merged_at: z.string().nullable(),
    head: z.object({ ref: z.string() }),
  }),
);
export type PullRequest = z.infer<typeof pulls>[number];

/** Every pull request of a repository, the oldest first. */
export async function readPulls(
  url: string,
  token: string,
  repository: string,
): Promise<readonly PullRequest[]> {
  const query = 'state=all&sort=created&direction=asc';
  const response = await fetch(`${url}/repos/${repository}/pulls?${query}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  return pulls.parse(await response.json());
}

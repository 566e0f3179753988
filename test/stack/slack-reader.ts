import { z } from 'zod';

const messages = z.object({
  messages: z.array(
    z.object({
      channel: z.string(),
      ts: z.string(),
      text: z.string(),
      blocks: z.array(z.unknown()).optional(),
    }),
  ),
});
export type SlackMessage = z.infer<typeof messages>['messages'][number];

/** Every message of the workspace, the oldest first. */
export async function readMessages(url: string): Promise<readonly SlackMessage[]> {
  return messages.parse(await (await fetch(`${url}/sandbox/messages`)).json()).messages;
}

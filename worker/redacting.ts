import type { Redact } from '../integrations/redaction.ts';
import { plainText } from '../integrations/clip-text.ts';
import type { Adapters } from './adapters.ts';

/**
 * The adapters with every text of others cleaned where it enters: no secret, no control character, before anything stores, hashes or sends it
 * (invariant 11). What is written outside is made of what came in, and so is clean as well.
 */
export function redacting(adapters: Adapters, redact: Redact): Adapters {
  const { tracker, ci, agent, runUntrusted } = adapters;
  return {
    ...adapters,
    tracker: {
      ...tracker,
      async readTicket(input) {
        const ticket = await tracker.readTicket(input);
        return {
          ...ticket,
          title: redact(plainText(ticket.title).replace(/\s+/g, ' ').trim()),
          description: redact(plainText(ticket.description)),
        };
      },
    },
    ci: {
      async readChecks(input) {
        const reading = await ci.readChecks(input);
        return {
          ...reading,
          checks: reading.checks.map((c) => ({ ...c, summary: redact(c.summary) })),
        };
      },
    },
    agent: {
      async run(task) {
        const result = await agent.run(task);
        return { ...result, sentence: redact(result.sentence), output: redact(result.output) };
      },
    },
    async runUntrusted(command) {
      const result = await runUntrusted(command);
      return { ...result, output: redact(result.output) };
    },
  };
}

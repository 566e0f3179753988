export interface AgentTask {
  readonly ticket: string;
  readonly repository: string;
  readonly round: number;
  /** The agent's own clone: it may write anything here, and nothing else. */
  readonly directory: string;
  /** The packet as a brief, Markdown; the adapter puts it where the agent reads it. */
  readonly brief: string;
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal;
  /** Called at least every few seconds while the agent lives. */
  readonly onAlive: () => void;
}

export interface AgentResult {
  /** `failed`: it ended otherwise than well, or ran out of time; what it wrote is still there. */
  readonly outcome: 'done' | 'failed';
  /** One sentence, of ours. */
  readonly sentence: string;
  /** What it printed: somebody else's words, cut at the limit. */
  readonly output: string;
}

export interface AgentPort {
  run(task: AgentTask): Promise<AgentResult>;
}

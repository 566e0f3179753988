import type { Config } from '../domain/config.schema.ts';
import type { AgentPort } from '../integrations/agent/port.ts';
import type { ChatPort } from '../integrations/chat/port.ts';
import type { CiPort } from '../integrations/ci/port.ts';
import type { DeployPort, EnvironmentPort } from '../integrations/deploy/port.ts';
import type { ForgePort, GitPort } from '../integrations/forge/port.ts';
import type { MetricsPort } from '../integrations/metrics/port.ts';
import type { RunUntrusted } from '../integrations/process/port.ts';
import type { TrackerPort } from '../integrations/tracker/port.ts';
import type { Decision } from '../domain/decision.schema.ts';
import type { Fact } from '../domain/fact.schema.ts';
import type { Store } from '../store/port.ts';

/** How `reconcile` reaches tickets: given by the composition root, which alone knows Temporal's client. */
export interface TicketDoor {
  start(key: string): Promise<void>;
  report(fact: Fact): Promise<void>;
  /** A refused decision is a return, not an error. */
  decide(key: string, decision: Decision): Promise<void>;
}

/** Everything activities are built from. */
export interface ActivityDependencies {
  readonly config: Config;
  readonly store: Store;
  readonly tracker: TrackerPort;
  readonly forge: ForgePort;
  readonly git: GitPort;
  readonly ci: CiPort;
  readonly chat: ChatPort;
  readonly agent: AgentPort;
  readonly deploy: DeployPort;
  readonly environments: EnvironmentPort;
  readonly metrics: MetricsPort;
  readonly runUntrusted: RunUntrusted;
  /** For working copies; each run makes and removes its own folder below it. */
  readonly workDirectory: string;
  readonly door: TicketDoor;
}

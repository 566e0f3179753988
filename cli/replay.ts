import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { CommandError, EXIT, printJson, type CommandLine } from './command-line.ts';

export interface ReplayOptions {
  readonly json?: boolean;
}

/** `baton replay DIR`: exit 1 when today's workflows decide otherwise than a recorded history. */
export async function replay(io: CommandLine, directory: string, { json }: ReplayOptions) {
  const path = resolve(directory);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new CommandError(
      `${path} is no directory. Record histories with: baton history KEY --out DIR`,
      EXIT.usage,
    );
  }
  const { replayHistories } = await import('../worker/replay.ts');
  const replayed = await replayHistories(path);
  if (replayed.length === 0)
    throw new CommandError(`${path} holds no *.json: nothing was replayed`);
  const failed = replayed.filter(({ problem }) => problem !== null);
  if (json === true) printJson(io, { histories: replayed.length, failed: failed.length, replayed });
  else {
    for (const { file, problem } of replayed)
      io.out(`${problem === null ? 'same ' : 'OTHER'}  ${file}\n`);
  }
  for (const { file, problem } of failed) io.err(`${file}: ${problem ?? ''}\n`);
  if (failed.length > 0) {
    throw new CommandError(
      `${failed.length} of ${replayed.length} histories do not replay. Guard the change with patched(), so that running tickets go on.`,
    );
  }
}

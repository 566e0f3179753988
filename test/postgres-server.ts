import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import pg from 'pg';
import { startWatched } from '../integrations/process/watched.ts';

export interface PostgresServer {
  /** Makes an empty database and answers its URL. */
  createDatabase(): Promise<string>;
  /** Drops what was made; stops the server when it is ours. */
  close(): Promise<void>;
}

/** Who the server runs as: it refuses uid 0. */
interface Account {
  readonly uid: number;
  readonly gid: number;
}

const READY_WITHIN_MS = 20_000;

/**
 * The server of DATABASE_URL (its role must be allowed to create databases), or one of our own from
 * installed binaries, on a socket in a temporary directory. Answers the reason when there is neither.
 */
export async function startPostgres(): Promise<PostgresServer | { readonly skipped: string }> {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') return serverAt(given, async () => undefined);
  const binaries = findBinaries();
  if (binaries === null) {
    return { skipped: 'no PostgreSQL is installed and DATABASE_URL is not set' };
  }
  const account = process.getuid?.() === 0 ? accountOfPostgres() : null;
  if (account === undefined) return { skipped: 'root needs a `postgres` user and `setpriv`' };
  return startOwn(binaries, account);
}

async function startOwn(binaries: string, account: Account | null): Promise<PostgresServer> {
  const directory = mkdtempSync(join(tmpdir(), 'baton-postgres-'));
  if (account !== null) chownSync(directory, account.uid, account.gid);
  const data = join(directory, 'data');
  const environment = { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', HOME: directory };
  const run = (program: string, args: readonly string[]) => {
    const [command = '', ...rest] = [...asAccount(account), join(binaries, program), ...args];
    return startWatched(command, rest, { directory, environment, output: 'pipe' });
  };
  const initdb = await run('initdb', ['-D', data, '-U', 'baton', '-A', 'trust', '--no-sync']);
  let said = '';
  for (const stream of [initdb.stdout, initdb.stderr]) {
    stream?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  }
  const { exitCode } = await initdb.ended;
  if (exitCode !== 0) throw new Error(`initdb failed: ${said}`);
  const server = await run('postgres', ['-D', data, '-k', directory, '-h', '', '-F']);
  server.stdout?.resume();
  server.stderr?.resume();
  const url = `postgres://baton@/postgres?host=${directory}`;
  await untilReady(url);
  return serverAt(url, async () => {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  });
}

async function untilReady(url: string): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      await ask(url, 'select 1');
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function serverAt(url: string, stop: () => Promise<void>): PostgresServer {
  const made: string[] = [];
  return {
    async createDatabase() {
      const name = `baton_test_${randomBytes(6).toString('hex')}`;
      await ask(url, `create database ${name}`);
      made.push(name);
      return withDatabase(url, name);
    },
    async close() {
      for (const name of made) await ask(url, `drop database ${name} with (force)`);
      await stop();
    },
  };
}

async function ask(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}

/** By text: a URL that names a socket has no host, which the URL class does not take. */
function withDatabase(url: string, name: string): string {
  return url.replace(/^([a-z]+:\/\/[^/?]*)(\/[^?]*)?/, `$1/${name}`);
}

function findBinaries(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian)
    ? readdirSync(debian).sort((a, b) => Number(b) - Number(a))
    : [];
  const candidates = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ];
  const has = (path: string) =>
    existsSync(join(path, 'initdb')) && existsSync(join(path, 'postgres'));
  return candidates.find((path) => path !== '' && has(path)) ?? null;
}

function accountOfPostgres(): Account | undefined {
  const id = (flag: string) =>
    Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout);
  const account = { uid: id('-u'), gid: id('-g') };
  const setpriv = spawnSync('setpriv', ['--version']).status === 0;
  return setpriv && account.uid > 0 && account.gid > 0 ? account : undefined;
}

function asAccount(account: Account | null): string[] {
  if (account === null) return [];
  return ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', '--'];
}

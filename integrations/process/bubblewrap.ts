import { lstatSync, existsSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute, relative } from 'node:path';
import { runProgram } from './run-program.ts';

export interface Isolation {
  readonly available: boolean;
  /** For a person: what there is, or what is missing and how to mend it. */
  readonly sentence: string;
}

export interface Cell {
  /** The working copy: the only place of this machine that can be written. */
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly readOnlyPaths: readonly string[];
  readonly network: boolean;
}

const ROOT_LINKS = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** What programs need of /etc to resolve names, trust certificates and find their alternatives; no secret is in it. */
const ETC = [
  '/etc/alternatives',
  '/etc/ca-certificates',
  '/etc/group',
  '/etc/hosts',
  '/etc/ld.so.cache',
  '/etc/localtime',
  '/etc/nsswitch.conf',
  '/etc/passwd',
  '/etc/pki',
  '/etc/resolv.conf',
  '/etc/ssl',
];

/** Whether bubblewrap is here and may make namespaces: containers often forbid it. Never throws. */
export async function probeIsolation(): Promise<Isolation> {
  const mend =
    'install bubblewrap and allow user namespaces, or set `policy.isolation: none` and run only code you trust';
  try {
    const cell = { directory: '/tmp', environment: {}, readOnlyPaths: [], network: false };
    const tried = await runProgram({
      command: ['bwrap', ...bubblewrapArguments(cell), 'true'],
      timeoutMs: 5_000,
      maxOutputBytes: 10_000,
    });
    if (tried.exitCode === 0) {
      return { available: true, sentence: 'bubblewrap contains the code of others.' };
    }
    const missing = tried.exitCode === 127;
    const why = missing ? 'bubblewrap is not installed' : 'bubblewrap may not make namespaces here';
    return { available: false, sentence: `${why}: ${mend}.` };
  } catch {
    return { available: false, sentence: `bubblewrap could not be tried: ${mend}.` };
  }
}

/**
 * Own user, process, mount and (without `network`) network namespaces; system directories and
 * Node's prefix read-only; /tmp its own; everything dies with the first process.
 */
export function bubblewrapArguments(cell: Cell): string[] {
  const set = Object.entries(cell.environment).flatMap(([name, value]) => [
    '--setenv',
    name,
    value,
  ]);
  const readOnly = [...nodePrefix(), ...cell.readOnlyPaths].flatMap((path) => [
    '--ro-bind',
    path,
    path,
  ]);
  return [
    '--unshare-all',
    ...(cell.network ? ['--share-net'] : []),
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    ...set,
    ...['--ro-bind', '/usr', '/usr'],
    ...ROOT_LINKS.flatMap(rootLink),
    ...ETC.flatMap((path) => ['--ro-bind-try', path, path]),
    ...['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    ...readOnly,
    ...['--bind', cell.directory, cell.directory, '--chdir', cell.directory],
  ];
}

/** True when `path` can be seen inside: what a PATH entry must be to be worth keeping. */
export function isVisible(path: string, readOnlyPaths: readonly string[]): boolean {
  const roots = ['/usr', '/bin', '/sbin', ...nodePrefix(), ...readOnlyPaths];
  return roots.some((root) => {
    const below = relative(root, path);
    return below === '' || (!below.startsWith('..') && !isAbsolute(below));
  });
}

function nodePrefix(): string[] {
  const prefix = dirname(dirname(process.execPath));
  return prefix === '/' || prefix === '/usr' || prefix.startsWith('/usr/') ? [] : [prefix];
}

/** Merged systems have /bin as a link to usr/bin, others have a directory of its own. */
function rootLink(path: string): string[] {
  if (!existsSync(path)) return [];
  return lstatSync(path).isSymbolicLink()
    ? ['--symlink', readlinkSync(path), path]
    : ['--ro-bind', path, path];
}

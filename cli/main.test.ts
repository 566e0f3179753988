import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { createProgram, descendants, execute } from './main.ts';

interface Heard {
  code: number;
  out: string;
  err: string;
}

async function run(
  args: readonly string[],
  environment: Record<string, string> = {},
): Promise<Heard> {
  const heard = { code: -1, out: '', err: '' };
  const io = {
    out: (text: string) => void (heard.out += text),
    err: (text: string) => void (heard.err += text),
    environment,
  };
  heard.code = await execute(args, io);
  return heard;
}

const silent = { out: () => undefined, err: () => undefined, environment: {} };
const NAMES = descendants(createProgram(silent)).map((command) => {
  const parent = command.parent?.name() ?? '';
  return parent === 'baton' ? [command.name()] : [parent, command.name()];
});

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Asked {
  readonly method: string;
  readonly path: string;
  readonly as: string | undefined;
  readonly body: string;
}

/** A gateway that always answers the same, and remembers what it was asked. */
async function gateway(status: number, answer: unknown): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method = '', url: path = '', headers } = request;
      asked.push({ method, path, as: headers['x-baton-as'] as string | undefined, body });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

const HASH = `sha256:${'a'.repeat(64)}`;
const TICKET = {
  key: 'SHOP-1',
  title: 'Free shipping',
  stage: 'review',
  round: 1,
  outcome: null,
  waiting: null,
  packet: { version: 2, hash: HASH },
  startedAt: '2026-11-20T10:00:00.000Z',
  endedAt: null,
};

describe('help', () => {
  test('names every command of the public contract that is built', async () => {
    const { out, code } = await run(['--help']);
    expect(code).toBe(0);
    for (const name of [
      ...['up', 'sandbox', 'demo', 'start', 'tickets', 'ticket', 'packet', 'approve', 'reject'],
      ...['hold', 'resume', 'answer', 'rollback', 'cancel', 'worker', 'gateway', 'migrate'],
      ...['audit', 'history', 'replay', 'doctor'],
    ]) {
      expect(out).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
    for (const unbuilt of ['judge', 'policy', 'init']) {
      expect(out).not.toMatch(new RegExp(`^  ${unbuilt} `, 'm'));
    }
  });

  test.each([[[]], ...NAMES.map((name) => [name])])('%j has examples that parse', async (name) => {
    const { out, code } = await run([...name, '--help']);
    expect(code).toBe(0);
    const examples = [...out.matchAll(/^ {2}\$ baton (.+?)(?: {3,}.*)?$/gm)].map(
      ([, line = '']) => line,
    );
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const words = [...example.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, bare]) => quoted ?? bare ?? '',
      );
      expect(() => parseOnly(words)).not.toThrow();
    }
  });
});

/** Parses without running anything. */
function parseOnly(words: readonly string[]): void {
  const program = createProgram(silent);
  for (const command of descendants(program)) command.action(() => undefined);
  program.parse(words, { from: 'user' });
}

describe('wrong usage is exit 2, on stderr, without a trace', () => {
  test.each<[string, string[], RegExp]>([
    ['an unknown command', ['fly'], /unknown command 'fly'/],
    ['a misspelt command', ['tickts'], /Did you mean tickets\?/],
    ['an unknown option', ['tickets', '--jsno'], /unknown option '--jsno'/],
    ['a missing argument', ['ticket'], /missing required argument 'key'/],
    ['too many arguments', ['ticket', 'A-1', 'B-2'], /too many arguments/],
    ['a missing gate', ['approve', 'SHOP-1'], /required option '--gate <gate>'/],
    [
      'a gate that nobody decides',
      ['approve', 'SHOP-1', '--gate', 'canary'],
      /--gate: .*spec.*review.*release/,
    ],
    [
      'a rejection without a reason',
      ['reject', 'SHOP-1', '--gate', 'spec'],
      /required option '--reason <text>'/,
    ],
    ['an address that is none', ['tickets', '--url', 'localhost'], /no address of a gateway/],
    [
      'an unknown scenario',
      ['demo', '--scenario', 'multi-repo'],
      /happy, canary-rollback, unclear-ticket, all/,
    ],
    ['unknown people', ['sandbox', '--people', 'robots'], /auto or manual/],
    ['a directory that is none', ['replay', '/nowhere'], /no directory/],
    [
      'a configuration that is not there',
      ['up', '--config', '/nowhere/baton.yaml'],
      /no such file/,
    ],
    ['nothing at all', [], /Usage: baton/],
  ])('%s', async (_, args, sentence) => {
    const { code, out, err } = await run(args);
    expect(err).toMatch(sentence);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).not.toMatch(/^ +at /m);
  });
});

describe('a command that asks the running stack', () => {
  test('says how to start one when nobody answers: exit 3', async () => {
    const { url } = await gateway(200, {});
    for (const close of closers.splice(0)) close();
    const { code, out, err } = await run(['tickets'], { BATON_URL: url });
    expect({ code, out }).toEqual({ code: 3, out: '' });
    expect(err).toContain(`Baton does not answer at ${url}. Is it running (baton up)?`);
  });

  test('prints one JSON value on one line', async () => {
    const { url, asked } = await gateway(200, TICKET);
    const { code, out, err } = await run(['ticket', 'SHOP-1', '--json', '--url', url]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toBe(`${JSON.stringify(TICKET)}\n`);
    expect(asked[0]).toMatchObject({ method: 'GET', path: '/api/tickets/SHOP-1' });
  });

  test('shows what came from a ticket as text: no control character reaches the terminal', async () => {
    const { url } = await gateway(200, { ...TICKET, title: 'Red \u001b[31m\u202e title' });
    const { out } = await run(['ticket', 'SHOP-1', '--url', url]);
    expect(out).toContain('Red  [31m  title');
  });

  test('--as wins over BATON_AS, --url over BATON_URL', async () => {
    const { url, asked } = await gateway(200, {
      counted: true,
      sentence: 'Counted.',
      pending: false,
    });
    const environment = { BATON_URL: 'http://127.0.0.1:1', BATON_AS: 'reviewer' };
    const args = ['approve', 'SHOP-1', '--gate', 'release', '--url', url];
    expect((await run([...args, '--as', 'approver'], environment)).code).toBe(0);
    expect((await run(args, environment)).out).toBe('Counted.\n');
    expect(asked.map(({ as }) => as)).toEqual(['approver', 'reviewer']);
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ kind: 'approve', gate: 'release' });
  });

  test('a decision that does not count is exit 1 with the sentence that says why', async () => {
    const sentence = 'requester asked for SHOP-1 and may not approve it.';
    const { url } = await gateway(200, { counted: false, sentence, pending: false });
    const heard = await run(['approve', 'SHOP-1', '--gate', 'spec', '--url', url]);
    expect(heard).toEqual({ code: 1, out: '', err: `${sentence}\n` });
  });

  test.each([
    [404, 1],
    [401, 1],
    [400, 2],
    [503, 3],
  ])('a refusal with %d is exit %d, in the words of the gateway', async (status, code) => {
    const { url } = await gateway(status, { error: { code: 'x', message: 'In plain words.' } });
    const heard = await run(['ticket', 'SHOP-9', '--url', url]);
    expect(heard).toEqual({ code, out: '', err: 'In plain words.\n' });
  });

  test('something that is not Baton is said to be something else', async () => {
    const { url } = await gateway(200, '<html>hello</html>');
    const { code, err } = await run(['tickets', '--url', url]);
    expect(code).toBe(1);
    expect(err).toMatch(/answered 200 with something that is not Baton's/);
  });

  test('a key cannot leave its place in the address', async () => {
    const { url, asked } = await gateway(200, TICKET);
    await run(['ticket', '../audit/verify', '--url', url]);
    expect(asked[0]?.path).toBe('/api/tickets/..%2Faudit%2Fverify');
  });

  test('a broken audit log is exit 1 and names the entry', async () => {
    const { url } = await gateway(200, {
      valid: false,
      entries: 9,
      brokenAt: 4,
      because: 'its hash differs',
    });
    const { code, err } = await run(['audit', 'verify', '--url', url]);
    expect(code).toBe(1);
    expect(err).toBe('The audit log is broken at entry 4 of 9: its hash differs.\n');
  });
});

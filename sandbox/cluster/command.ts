import { request } from 'node:http';

/**
 * The program that drives the cluster: one request of `deploy-command/1` on standard input, one
 * JSON value on standard output. Exit 0, or 1 with `{ error: { kind, message } }`.
 * Usage: `node command.js --url http://127.0.0.1:PORT`.
 */
const TIMEOUT_MS = 60_000;

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function post(url: URL, body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    const options = { method: 'POST', headers, agent: false, timeout: TIMEOUT_MS } as const;
    const one = request(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
      );
    });
    one.once('timeout', () => one.destroy(new Error('no answer in time')));
    one.once('error', reject);
    one.end(body);
  });
}

function failure(kind: string, message: string): Answer {
  return { status: 503, text: JSON.stringify({ error: { kind, message } }) };
}

/** An answer that is not the protocol's is a failure of the cluster, not of the request. */
function asProtocol(answer: Answer): Answer {
  if (answer.status === 200 || answer.text.startsWith('{"error":{"kind"')) return answer;
  return failure('unavailable', `The cluster answered ${String(answer.status)}.`);
}

async function main(args: readonly string[]): Promise<void> {
  const at = args.indexOf('--url');
  const base = at < 0 ? undefined : args[at + 1];
  if (base === undefined || !URL.canParse(base)) {
    process.stderr.write('usage: command --url http://127.0.0.1:PORT < request.json\n');
    process.exitCode = 2;
    return;
  }
  const answer = await post(new URL('/command', base), await readInput()).then(asProtocol, () =>
    failure('unavailable', `The cluster at ${base} cannot be reached.`),
  );
  process.stdout.write(`${answer.text}\n`);
  process.exitCode = answer.status === 200 ? 0 : 1;
}

await main(process.argv.slice(2));

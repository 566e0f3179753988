import { spawn } from 'node:child_process';

/** Set-up cannot go on; the message says what to do. */
export class SetUpError extends Error {
  /** @param {string} message @param {number} [exitCode] */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @param {string} sentence */
export function say(sentence) {
  process.stderr.write(`set-up: ${sentence}\n`);
}

/**
 * Runs a program to its end, its output on our stderr.
 *
 * @param {string} program
 * @param {string[]} args
 * @param {object} options
 * @param {string} options.cwd
 * @param {Record<string, string>} [options.env] beside ours
 * @param {AbortSignal} [options.signal] ends it and whatever it started
 * @returns {Promise<string | null>} null when it ended well, else why it did not
 */
export function run(program, args, { cwd, env = {}, signal }) {
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 2, 2],
      detached: signal !== undefined, // a group of its own, so that all of it can be ended
    });
    const end = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It had ended already.
      }
    };
    // A group of its own does not hear the terminal's Ctrl-C.
    const leave = () => {
      end();
      process.exit(130);
    };
    if (signal !== undefined) {
      signal.addEventListener('abort', end);
      process.once('SIGINT', leave).once('SIGTERM', leave);
    }
    /** @param {string | null} problem */
    const done = (problem) => {
      signal?.removeEventListener('abort', end);
      process.off('SIGINT', leave).off('SIGTERM', leave);
      resolve(problem);
    };
    child.once('error', (error) => done(error.message));
    child.once('exit', (code, name) =>
      done(code === 0 ? null : `it ended with ${name ?? `exit code ${code}`}`),
    );
  });
}

/**
 * Calls back at the first SIGTERM or SIGINT, so that a process can end in order; a second one ends it
 * at once. Answers the function that takes this back.
 */
export function onStop(callback: () => void): () => void {
  let told = false;
  const hear = () => {
    if (told) process.exit(130);
    told = true;
    callback();
  };
  process.on('SIGTERM', hear).on('SIGINT', hear);
  return () => {
    process.off('SIGTERM', hear).off('SIGINT', hear);
  };
}

/** Keeps the process running until it is told to stop, or until `also` settles. */
export async function untilToldToStop(also: Promise<unknown> = new Promise(() => undefined)) {
  const alive = setInterval(() => undefined, 60_000); // nothing else may keep this process running
  let forget = (): void => undefined;
  const told = new Promise<void>((resolve) => {
    forget = onStop(resolve);
  });
  try {
    await Promise.race([also, told]);
  } finally {
    clearInterval(alive);
    forget();
  }
}

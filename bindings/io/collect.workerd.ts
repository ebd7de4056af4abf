// workerd, Deno and Bun collect as they see fit: a worker's limit may count memory that is never touched. What passes is read
// into a buffer that is used again, so that there is less to collect.

/** Does nothing here. */
export function collect(): void {}

/** What frees buffers at once: nothing here. */
export function freer(): ((buffer: ArrayBuffer) => void) | undefined {
  return undefined;
}

/** Are streams better read into a buffer that is used again? */
export const readsInto: boolean = true;

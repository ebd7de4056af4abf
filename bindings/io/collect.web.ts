// Browsers collect as they see fit, and count buffers as they do.

/** Does nothing here. */
export function collect(): void {}

/** What frees buffers at once: nothing here. */
export function freer(): ((buffer: ArrayBuffer) => void) | undefined {
  return undefined;
}

/**
 * Are streams better read into a buffer that is used again? Not here: Chromium lets go of the stream of a Blob, and of the read
 * that waits for it, when it collects while such a read is all that knows of them. The read then never ends.
 */
export const readsInto: boolean = false;

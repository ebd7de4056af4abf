// Node, which counts memory outside of its heap late: buffers that nobody holds any more pile up to 100 MB and more before it
// looks for them, whatever the process may have. Node has no call to make it look; what it heeds is an allocation beyond half of
// what it may take. So one is made, which is never touched, and costs address space for as long as the call.

/** More than the limit behind which V8 collects at once. */
const BEYOND = 2 ** 32;
/** To look through a heap of more takes longer than the memory is worth. */
const MOST = 2 ** 26;

/** Lets go of buffers that nobody holds any more, where that is quick. */
export function collect(): void {
  if (process.memoryUsage().heapUsed > MOST) return;
  try {
    void new ArrayBuffer(BEYOND);
  } catch {
    // There is no such space: V8 has collected before it said so.
  }
}

/**
 * What frees buffers at once, without a collection: a message takes a buffer with it, and one to a closed port is dropped where it
 * stands. `transfer(0)` does the same from Node 22 on.
 */
export function freer(): ((buffer: ArrayBuffer) => void) | undefined {
  const { port1 } = new MessageChannel();
  port1.close();
  return (buffer) => port1.postMessage(null, [buffer]);
}

/** Are streams better read into a buffer that is used again? Node's would copy every piece once more, and let go of none sooner. */
export const readsInto: boolean = false;

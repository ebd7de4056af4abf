// Elsewhere engines are left to collect as they see fit: those of browsers count buffers, and a worker's limit may count one
// that is never touched. What passes is read into a buffer that is used again, so that there is less to collect.

/** Does nothing here. */
export function collect(): void {}

/** Are streams better read into a buffer that is used again? */
export const readsInto: boolean = true;

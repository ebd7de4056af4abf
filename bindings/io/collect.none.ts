// Elsewhere engines are left to collect as they see fit: those of browsers count buffers, and a worker's limit may count one
// that is never touched.

/** Does nothing here. */
export function collect(): void {}

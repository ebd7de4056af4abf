// What tells gzip files apart.

/** Does a gzip member begin there? */
export function isGzip(head: Uint8Array): boolean {
  return head.length > 2 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8;
}

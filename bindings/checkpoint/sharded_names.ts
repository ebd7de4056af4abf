// What names and addresses tell of checkpoints in several files.

/** Is a file of this name the index of a checkpoint in several files? */
export function isIndexName(name: string): boolean {
  return /\.index\.json$/i.test(name);
}

/** Is it an address, and no path? */
export function isAddress(source: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(source) && URL.canParse(source);
}

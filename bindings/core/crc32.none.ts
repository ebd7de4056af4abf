// The platform's CRC-32 where there is none: the core's own serves.

/** CRC-32 of bytes behind those whose CRC is `seed`; undefined: the platform has none. */
export const platformCrc: ((bytes: Uint8Array, seed: number) => number) | undefined = undefined;

// Made by scripts/inline.mjs.

/** The bytes of brine.wasm, as a text. */
export declare const base64: string;

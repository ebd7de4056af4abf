// Pieces that came one after the other, as one.

/** The parts side by side in a buffer of their own; `length` is the sum of theirs. */
export function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

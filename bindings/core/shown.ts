// Text from a file, for an error's message: whole where it is short, and nothing in it that a terminal obeys or that turns
// the line around.

/** More says nothing that helps. */
const MOST = 200;

/** The text with control characters and marks of direction written out, cut where it is long. */
export function shown(text: string): string {
  const part = text.length > MOST ? `${text.slice(0, MOST)}… (${text.length} characters)` : text;
  return part.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (char) =>
    `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

// What to say of a record whose content is not what its CRC says, whoever finds it.
import { FormatError } from "./errors.js";
import { shown } from "./shown.js";

/** The text of that. */
export function wrongCrcText(name: string): string {
  return `Cannot read record "${shown(name)}": its content does not have the CRC-32 that the archive states. The file is damaged; fetch it again`;
}

/** The error of that. */
export function wrongCrc(name: string): FormatError {
  return new FormatError(wrongCrcText(name), { code: "CRC", record: name });
}

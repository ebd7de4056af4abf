// Pickle opcodes by name, for messages.
import * as OPCODES from "../../assembly/shared/opcodes.js";

const names: ReadonlyMap<number, string> = new Map(Object.entries(OPCODES).map(([name, opcode]) => [opcode, name]));

/** The name that Python's pickletools gives an opcode. */
export function opcodeName(opcode: number): string {
  return names.get(opcode) ?? "no pickle opcode";
}

/** Opcodes that came with protocols 4 and 5. */
export function isOfProtocol4(opcode: number): boolean {
  return opcode >= OPCODES.SHORT_BINUNICODE && opcode <= OPCODES.READONLY_BUFFER && opcode !== OPCODES.EMPTY_SET;
}

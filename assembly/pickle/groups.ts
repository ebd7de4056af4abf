// Tables that say of an opcode to which of several groups it belongs. They are filled from lists of opcodes, since a table
// spelt out, or a store for each opcode, would be most of what the decoder needs in the binary.

/** Numbers opcodes in `table`: 1 for those before the first zero of `list`, 2 for those before the next, until two zeros meet. */
export function numberGroups(list: usize, table: usize): void {
  memory.fill(table, 0, 256);
  for (let group: u8 = 1; load<u8>(list) != 0; group++, list++) {
    for (; load<u8>(list) != 0; list++) store<u8>(table + load<u8>(list), group);
  }
}

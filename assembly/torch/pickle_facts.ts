// What is told of a pickle that was decoded, wholly or up to a fault.
import { setFact } from "../container/facts";
import { decodeConsumed, decodeProtocol, decodeRoot, unsafeOpcode, unsafeOpcodeAt } from "../pickle/decode";
import { FACT_CONSUMED, FACT_PROTOCOL, FACT_ROOT, FACT_UNSAFE_OPCODE, FACT_UNSAFE_OPCODE_AT } from "../shared/facts";

/** Notes the facts of the pickle at work. */
export function notePickle(): void {
  setFact(FACT_PROTOCOL, decodeProtocol());
  setFact(FACT_CONSUMED, decodeConsumed());
  setFact(FACT_UNSAFE_OPCODE, unsafeOpcode());
  setFact(FACT_UNSAFE_OPCODE_AT, unsafeOpcodeAt());
  setFact(FACT_ROOT, decodeRoot());
}

// Everything that can be told of a file.
export { inspect, type InspectedShard, type InspectedStorage, type InspectedTensor, type Inspection } from "../checkpoint/inspect.js";
export type { FileVerdict, InspectedFault, InspectedGlobal, InspectedMember, InspectionWarning, WarningCode } from "../checkpoint/inspected.js";
export type { Verdict } from "../checkpoint/verdict.js";

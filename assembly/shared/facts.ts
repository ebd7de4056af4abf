// The record at `facts()`, as u32 words: what a container told about itself. 64-bit values are low, high. asc and tsc.

export const FACT_ROOT = 0; // node of the pickle's value
export const FACT_PROTOCOL = 1; // of the pickle's PROTO, 0 where it has none
export const FACT_FOLDER = 2; // address of the archive's folder
export const FACT_FOLDER_LENGTH = 3;
export const FACT_PICKLE_ENTRY = 4; // row of ENTRIES, or NONE
export const FACT_PICKLE_LENGTH = 5; // bytes, inflated
export const FACT_PICKLE_AT = 6; // address of the pickle in memory
export const FACT_CONSUMED = 7; // bytes up to and with STOP
export const FACT_BYTEORDER = 8; // 0: no record, 1: little, 2: big
export const FACT_VERSION = 9; // of the archive; 0: no record
export const FACT_FORMAT_VERSION = 10; // 0: no record
export const FACT_ALIGNMENT = 11; // of `.storage_alignment`; 0: no record
export const FACT_UNSAFE_OPCODE = 12; // the first opcode that weights_only refuses, 0: none
export const FACT_UNSAFE_OPCODE_AT = 13; // its offset
export const FACT_SIZE = 14; // of the source, low, high
export const FACT_PICKLE_HEADER = 16; // offset in the source of data.pkl's local header, or of the pickle itself where there is no zip, low, high
export const FACT_DIRECTORY = 18; // offset in the source of the zip directory, or of what follows a stream's last storage, or a bare pickle, low, high
export const FACT_FLAGS = 20; // FACTS_*
export const FACT_CONTAINER = 21; // CONTAINER_*
export const FACT_PREFIX = 22; // bytes before the archive, low, high
export const FACTS = 24;
/** Not told yet. */
export const CONTAINER_UNKNOWN = 0;
export const CONTAINER_ZIP = 1;
/** The stream format from before torch 1.6. */
export const CONTAINER_STREAM = 2;
export const CONTAINER_PICKLE = 3;
/** The tar of torch 0.1.9 and before. */
export const CONTAINER_TAR = 4;
/** The archive holds constants.pkl, as TorchScript does. */
export const FACTS_TORCHSCRIPT = 1;
/** `FACT_PREFIX` bytes stand before the archive. All offsets count from the source's start all the same. */
export const FACTS_PREFIXED = 2;
/** Some record is deflated. */
export const FACTS_DEFLATED = 4;
/** The records say that CRCs were not computed: every one is 0. */
export const FACTS_WITHOUT_CRC = 8;
/** `byteorder` stands behind `version`, as with _disable_byteorder_record. */
export const FACTS_LATE_BYTEORDER = 16;
/** There is a `.data/serialization_id`. */
export const FACTS_WITH_ID = 32;
/** Rows of ENTRIES stand in the order of their headers: a record ends before the header of the next row. */
export const FACTS_ASCENDING = 64;

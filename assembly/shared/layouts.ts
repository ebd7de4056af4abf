// Flags of a zip layout, for `saveBegin`. Read by asc and by tsc. The four layouts that torch.save ever wrote, by their
// first release, are sums of them (reference: torch 1.6, 1.9, 2.1, 2.7).

/** `.format_version` (2.7). */
export const WITH_FORMAT_VERSION = 1;
/** `.storage_alignment` (2.7). */
export const WITH_ALIGNMENT = 2;
/** `byteorder` before the storages (2.1). */
export const WITH_BYTEORDER = 4;
/** `byteorder` after `version` (2.1 with _disable_byteorder_record). */
export const WITH_LATE_BYTEORDER = 8;
/** `.data/serialization_id` (2.1). */
export const WITH_ID = 16;
/** Storages in the order of their keys as strings (before 2.7), not as numbers. */
export const SORTED_AS_TEXT = 32;
/** CRCs written as 0 (set_crc32_options(False), 2.6). */
export const WITHOUT_CRC = 64;

export const LAYOUT_1_9 = 32;
export const LAYOUT_2_1 = 52;
export const LAYOUT_2_7 = 23;

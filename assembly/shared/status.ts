// What a resumable call of the core answers. Read by asc and by tsc.

/** Finished: the result is in the columns. */
export const DONE = 0;
/** The budget is spent: call again, or stop here. */
export const MORE = 1;
/** Bytes are wanted: `needFrom`, `needTo`, `needMethod` and `needSize` say which. */
export const NEED = 2;
/** Refused: the fault record says why and where. */
export const FAULT = 3;

/** `needMethod`: the range as it is. */
export const RAW = 0;
/** `needMethod`: the range is raw deflate; the core wants it inflated to exactly `needSize` bytes. */
export const DEFLATE = 8;

/** Flag of `open`: refuse what torch.load(weights_only=True) refuses. */
export const WEIGHTS_ONLY = 1;
/** Flag of `open`: the source is a bare pickle, not a container. */
export const BARE_PICKLE = 2;

/** No row, no node, no entry. */
export const NONE = 0xffffffff;

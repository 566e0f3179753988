import type { DataConverter } from '@temporalio/common';

/**
 * How every client and worker of ours writes payloads, given to all of them from here, so that they
 * cannot differ. Today the SDK's own JSON. A payload codec (encryption) is added in this one place:
 * with `payloadCodecs`, and with `encodeCommonAttributes` in the failure converter, or failures'
 * messages and stacks stay readable.
 */
export const dataConverter: DataConverter = {};

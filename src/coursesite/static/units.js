/** The 2 between MAC and FLOP, as in `hwmath.units`: one multiplication and one addition. */
export const FLOP_PER_MAC = 2;

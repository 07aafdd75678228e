import { blis } from './blis.ts';
import type { Family } from './truth-case.ts';
import { vidurFamily } from './vidur-family.ts';

/** All families, in the order in which they are shown. */
export const families: readonly Family[] = [blis, vidurFamily];

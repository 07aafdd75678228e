import { blis } from './blis.ts';
import { inferencex } from './inferencex.ts';
import { llmservingsim } from './llmservingsim.ts';
import { mlenergy } from './mlenergy.ts';
import type { Family } from './truth-case.ts';
import { vidurFamily } from './vidur-family.ts';

/** All families, in the order in which they are shown. */
export const families: readonly Family[] = [blis, mlenergy, inferencex, llmservingsim, vidurFamily];

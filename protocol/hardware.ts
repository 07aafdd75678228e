import * as z from 'zod';

/** The names for hardware that scenarios, replicas and the tables of profiling-data/ share. */

/** How the GPUs of a replica are joined: NVLink between two and two, or NVSwitch between all of a board. */
export const NetworkName = z.enum(['pairwise', 'dgx']);
export type NetworkName = z.infer<typeof NetworkName>;

/** A curve of profiling-data/gpu-power.json. */
export const PowerCurveName = z.enum(['vidur-energy', 'measured', 'roofline']);

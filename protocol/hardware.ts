import * as z from 'zod';

/** The names for hardware that scenarios, replicas and the tables of profiling-data/ share. */

/** How the GPUs of a replica are joined: NVLink between two and two, or NVSwitch between all of a board. */
export const NetworkName = z.enum(['pairwise', 'dgx']);
export type NetworkName = z.infer<typeof NetworkName>;

/** How weights are kept. */
export const WeightFormat = z.enum(['bf16', 'fp8', 'fp8_block', 'fp4', 'mxfp4', 'int4']);
export type WeightFormat = z.infer<typeof WeightFormat>;

/** How keys and values are kept. */
export const KvFormat = z.enum(['bf16', 'fp8']);

/** A curve of profiling-data/gpu-power.json. */
export const PowerCurveName = z.enum(['vidur-energy', 'measured', 'roofline']);

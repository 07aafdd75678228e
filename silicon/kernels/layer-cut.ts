/** How a model is cut over the GPUs that share its layers. */
export interface LayerCut {
	readonly tensorParallel: number;
	/** Experts are spread over these GPUs instead of cut. */
	readonly expertParallel: boolean;
}

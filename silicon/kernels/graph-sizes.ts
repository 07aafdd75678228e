/** Largest batch that vLLM captures as a CUDA graph (vllm/config/compilation.py, max_cudagraph_capture_size of v0.11 and later). */
const LARGEST = 512;

/**
 * Tokens that a batch is padded to: the next size of those that vLLM captures as CUDA graphs (1, 2, 4, then multiples of 8 up to 256, of
 * 16 up to 512); larger batches run as they are.
 */
export function graphTokens(tokens: number): number {
	if (tokens > LARGEST || tokens <= 2) return tokens;
	if (tokens <= 4) return 4;
	const step = tokens <= 256 ? 8 : 16;
	return Math.ceil(tokens / step) * step;
}

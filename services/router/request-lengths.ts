/** The lengths of one request, in tokens. The decode tokens include the one that the prefill yields. */
export interface RequestLengths {
	prefillTokens: number;
	decodeTokens: number;
	/** As the source has them, where it says so. */
	askedPrefill?: number;
	askedDecode?: number;
	/** A row without tokens that is not to be sent. */
	isLeftOut?: boolean;
}

/**
 * Holds prompt and output together to `maxTokens`. The prompt gives way, so that the work of answering
 * stays (Vidur's trace replay does the same); both keep at least one token.
 */
export function clipLengths(lengths: RequestLengths, maxTokens: number): RequestLengths {
	if (lengths.prefillTokens + lengths.decodeTokens <= maxTokens) return lengths;
	const decodeTokens = Math.min(lengths.decodeTokens, maxTokens - 1);
	return { prefillTokens: maxTokens - decodeTokens, decodeTokens };
}

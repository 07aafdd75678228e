/** A request of a trace. Reused from row to row. */
export interface TraceRequest {
	/** Since the start of the run, s. */
	arrivedAtS: number;
	/** At least 1 each, but for a row that is to be left out. */
	prefillTokens: number;
	decodeTokens: number;
	/** As the row has them, scaled; 0 of a row without. */
	askedPrefill: number;
	askedDecode: number;
	isLeftOut: boolean;
	/** Whether the file has parts of tokens in the row. */
	isFraction: boolean;
	/** Names of the prompt's blocks; null: the row names none. */
	hashIds: readonly number[] | null;
	/** Whose turn it is; null: the row names no session. */
	session: number | null;
}

/** One request as an engine has served it. */
export interface ServedRequest {
	/** From the arrival of the first request, s. */
	readonly arrivedS: number;
	readonly promptTokens: number;
	readonly outputTokens: number;
	/** From its arrival to its first token, and to its last; null: the log has none. */
	readonly ttftS: number | null;
	readonly e2eS: number | null;
}

/** Means of the requests that an engine counted between two scrapes. */
export interface ServedWindow {
	/** From the first scrape, s. */
	readonly fromS: number;
	readonly untilS: number;
	/** Requests whose first token came in it, and the mean of their times to it; null: there was none. */
	readonly firstTokens: number;
	readonly ttftS: number | null;
	/** Mean time between tokens that came in it. */
	readonly itlS: number | null;
}

/** What a log of requests, or of an engine's counters, says. */
export interface ServedLog {
	/** What the log is, such as `vllm bench serve`. */
	readonly format: string;
	/** By arrival. */
	readonly requests: readonly ServedRequest[];
	/** Where only sums of requests are known; empty: the requests say it themselves. */
	readonly windows: readonly ServedWindow[];
	/** Seconds since 1970 of the first arrival, or of the first scrape; null: the clock of the log is another one. */
	readonly startEpochS: number | null;
	/** Whether the arrivals are those of the log; otherwise single requests cannot be compared, only what they come to. */
	readonly isExact: boolean;
	/** What was done to it, or is not in it, a line each. */
	readonly notes: readonly string[];
}

/** What one or more GPUs drew. */
export interface PowerLog {
	readonly format: string;
	readonly gpus: number;
	/** Mean of the GPUs, by time. */
	readonly samples: readonly PowerSample[];
	/** Whether times are seconds since 1970 by a clock whose time zone is not known. */
	readonly isLocal: boolean;
	/** Whether times count from the first sample only. */
	readonly isRelative: boolean;
}

/** At a time, s, the power of a GPU, W. */
export interface PowerSample {
	readonly atS: number;
	readonly powerW: number;
}

/** Requests by arrival, the first at 0; `epochOf` the clock of the log. */
export function byArrival(requests: readonly ServedRequest[]): {
	readonly requests: readonly ServedRequest[];
	readonly firstS: number;
} {
	const firstS = requests.reduce((least, { arrivedS }) => Math.min(least, arrivedS), Infinity);
	const moved = requests.map((one) => ({ ...one, arrivedS: one.arrivedS - firstS }));
	return { requests: moved.sort((a, b) => a.arrivedS - b.arrivedS), firstS };
}

/** Seconds per output token behind the first one; null where that is not known. */
export function tpotOf({ ttftS, e2eS, outputTokens }: ServedRequest): number | null {
	if (ttftS === null || e2eS === null || outputTokens < 2) return null;
	return (e2eS - ttftS) / (outputTokens - 1);
}

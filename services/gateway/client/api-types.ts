/** What the gateway answers, as far as the dashboard reads it; client.test.ts holds it to what that says. Power is production +, consumption -; export +, import -; charging +. */

type Figure = number | null;

/** A run in the list. */
export interface RunListing {
	readonly id: string;
	/** starting, running, complete, failed, incomplete, … */
	readonly status: string;
	/** Whether it goes on and can be controlled. */
	readonly isLive: boolean;
	readonly name: string;
	readonly location: string | null;
	readonly startedAt: string | null;
	/** Civil time of the first step, ISO 8601, and its zone. */
	readonly simStart: string | null;
	readonly timezone: string | null;
	readonly simulatedUs: Figure;
	readonly untilUs: Figure;
	readonly reason: string | null;
}

export interface ActorAbout {
	readonly name: string;
	readonly kind: string;
}

export interface SiteAbout {
	readonly name: string;
	readonly latitude: Figure;
	readonly longitude: Figure;
	readonly actors: readonly ActorAbout[];
}

/** A part of a table, by columns, thinned. */
export interface History {
	readonly timeUs: readonly number[];
	readonly columns: Readonly<Record<string, readonly Figure[]>>;
}

/** Quantiles of the requests that were completed in each stretch of time, s. */
export interface LatencyHistory {
	/** End of each. */
	readonly timeUs: readonly number[];
	readonly ttftP50S: readonly number[];
	readonly ttftP99S: readonly number[];
	readonly e2eP99S: readonly number[];
}

export interface ActorNow {
	readonly name: string;
	readonly kind: string;
	readonly powerW: Figure;
}

export interface BatteryNow {
	readonly name: string;
	readonly soc: Figure;
	readonly powerW: Figure;
}

/** Quantiles of the requests that completed lately, in seconds. */
export interface LatencyNow {
	readonly ttftP50S: Figure;
	readonly ttftP99S: Figure;
	readonly e2eP99S: Figure;
}

export interface SiteNow {
	readonly name: string;
	readonly actors: readonly ActorNow[];
	readonly batteries: readonly BatteryNow[];
	readonly gridW: Figure;
	readonly carbonGPerKwh: Figure;
	readonly marginalGPerKwh?: Figure;
	readonly priceUsdPerKwh: Figure;
	readonly capW: Figure;
	readonly isGridConnected?: boolean;
	readonly latency?: LatencyNow;
}

export interface ReplicaNow {
	readonly name: string;
	readonly site: string;
	readonly model: string | null;
	readonly powerW: Figure;
	readonly running: Figure;
	readonly waiting: Figure;
	/** 0 to 1. */
	readonly kvUsed: Figure;
	readonly busy?: Figure;
	readonly completed: Figure;
}

export interface Snapshot {
	readonly simUs: number;
	readonly sites: readonly SiteNow[];
	readonly replicas: readonly ReplicaNow[];
}

/** How a run stands: what the stream of events says up to ten times a second. */
export interface StateOfRun {
	readonly run: RunListing;
	/** Null: it does not go on here. */
	readonly state: {
		readonly phase: string;
		/** Simulated seconds a second that are wanted; null: as many as it can. */
		readonly pace: Figure;
		/** Behind the schedule of that, in milliseconds; null: there is none. */
		readonly lagMs?: Figure;
		readonly completedUs: number;
		readonly untilUs: number;
	} | null;
	readonly snapshot: Snapshot | null;
}

/** A command as it was logged, and since when it acts. */
export interface LoggedCommand {
	readonly fromUs: number;
	readonly [key: string]: unknown;
}

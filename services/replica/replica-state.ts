import type { SimTime } from '../../protocol/time.ts';
import type { ApiStage } from './api-stage.ts';
import type { MachineState } from './engine/machine.ts';
import type { Inbound } from './inbound.ts';
import type { PendingPrefixes } from './pending-prefixes.ts';
import type { ToldProgress } from './progress-feed.ts';
import type { RequestCounts } from './request-counts.ts';
import type { ScalingState } from './scaling.ts';
import type { ToldTokens } from './token-feed.ts';

/** What a replica actor remembers. */
export interface ReplicaState {
	readonly engine: MachineState;
	/** Start of the report step not yet closed. */
	stepFromUs: SimTime;
	/** The last cap seen on each wire, in W per GPU. */
	readonly caps: number[];
	/** How long the requests that it completed were here, added up. */
	stayedS: number;
	readonly prefixes: PendingPrefixes;
	readonly inbound: Inbound;
	/** null: requests are with the scheduler as they arrive. */
	readonly api: ApiStage | null;
	readonly counts: RequestCounts;
	/** null: it is on at all times. */
	readonly scaling: ScalingState | null;
	/** Prompt tokens looked up and found before the report step. */
	queriedTokens: number;
	hitTokens: number;
	/** Time of each operation in the report step, in seconds; 0 if nobody asked. */
	readonly operationsS: number[];
	/** null: nobody waits for tokens. */
	readonly told: ToldTokens | null;
	/** null: nobody hears of requests under way. */
	readonly progress: ToldProgress | null;
}

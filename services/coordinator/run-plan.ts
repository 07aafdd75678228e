import type { Key } from '../../kernel/bus/keys.ts';
import type { Program, RosterEntry } from '../../protocol/messages.ts';
import type { OwnModule } from '../../protocol/own-module.ts';
import type { ClockAnchor } from '../../protocol/pace.ts';
import type { Wire } from '../../protocol/readings.ts';
import type { RunEvent } from '../../protocol/run-events.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { Keeping } from './checkpoint-interval.ts';
import type { Checkpoint } from './checkpoints.ts';
import type { CommandedSite, WaitingCommand } from './commands.ts';
import type { Placing } from './places.ts';
import type { ScheduleStanding } from './schedule.ts';

/** A run as the coordinator needs it. */
export interface RunPlan {
	readonly run: string;
	readonly seed: string;
	readonly untilUs: SimTime;
	/** Wished length of a window; rounded up to what the actors' steps allow. */
	readonly windowUs: SimTime;
	/** Wished length of one step of a run that is paced or goes step by step; left out: a window. */
	readonly stepUs?: SimTime;
	readonly roster: readonly RosterEntry[];
	readonly wires: readonly Wire[];
	/** Hosts that people start by themselves: any worker that can run their kinds may take them. */
	readonly external: ReadonlySet<string>;
	/** What workers must be to take those, and how many each takes; left out: anything, and as many as they can. */
	readonly placing?: Placing;
	/** Simulated seconds per second of real time; null: as fast as possible. */
	readonly pace: number | null;
	/** Most replicas that it can be scaled to; left out: their number stays. */
	readonly replicasMax?: number;
	/** Those that have names; left out: there is one, of all. */
	readonly sites?: readonly CommandedSite[];
	/** Of the user, for the processes that are started for the run. */
	readonly modules?: readonly OwnModule[];
	/** What came from outside is known, and nobody there is asked; left out: it comes. */
	readonly isReplay?: boolean;
	/** Commands that act although nobody wants them now, in the order of time, logged already; left out: none. */
	readonly commands?: readonly LoggedCommand[];
	/** Goes on from here; left out: from the beginning. */
	readonly from?: Origin;
	/** It goes no further than the one that it repeats; left out: to its end. */
	readonly stopUs?: SimTime;
}

/** Where a run goes on that was led by another process before. */
export interface Origin {
	readonly checkpoint: Checkpoint;
	/** Times that the run was set back before. */
	readonly setbacks: number;
	/** Checkpoints that were kept before. */
	readonly checkpoints: number;
	/** What acted before, in the order of time. */
	readonly commands: readonly LoggedCommand[];
	/** What was wanted of it where the same process has led it before; left out: it begins its schedule anew. */
	readonly wishes?: Wishes;
	/** An object of the checkpoint. */
	read(name: string): Promise<Uint8Array>;
}

/** What is wanted of a run and is in no checkpoint; it holds wherever the run goes back to. */
export interface Wishes {
	/** When simulated times are due, by the clock of this process; null: the run has not begun. */
	readonly schedule: ScheduleStanding | null;
	readonly isPaused: boolean;
	/** Commands that were taken and act in no window yet. */
	readonly waiting: readonly WaitingCommand[];
}

/** By what the processes of a run know each other. */
export interface RunTrust {
	readonly runKey: Key;
	/** Of workers that are started elsewhere. */
	readonly joinSecret: Key;
	/** False: nobody has set a join key, and whoever uses the server may join. */
	readonly hasJoinKey: boolean;
	/** Messages carry a seal: others use the server too. */
	readonly isSealed: boolean;
	/** What this process runs, and every host of Gridbeat must. */
	readonly program: Program;
}

/** A run with the keys to lead it. */
export interface TrustedPlan extends RunPlan {
	readonly trust: RunTrust;
}

/** A process that takes part, for people and for the run folder. */
export interface HostIdentity {
	readonly host: string;
	readonly machine: string;
	readonly pid: number;
	readonly program: Program;
	/** Whose actors it runs. */
	readonly actors: readonly string[];
}

/** What the coordinator needs of the world. */
export interface World {
	/** Monotonic real time. */
	nowMs(): number;
	/** Time of day, milliseconds since 1970, for logs alone; left out: nobody knows. */
	wallMs?(): number;
	sleep(ms: number): Promise<void>;
	/** Something worth saying to the user. */
	notice(text: string): void;
	/** What happens, for whoever keeps a log of it. */
	event?(event: RunEvent): void;
	/** A host has said hello. */
	hostJoined?(host: string): void;
	/** True until the process of a host is started: it waits for its turn. */
	isWaiting?(host: string): boolean;
	/**
	 * True if the process of a host has used a processor since the last question, or waits for a disk; false also where
	 * nobody can see that.
	 */
	isAtWork?(host: string): boolean;
	/** Every host has joined and is ready. */
	hostsReady?(hosts: readonly HostIdentity[]): void;
	/** How far a window is that takes long, about. */
	underWay?(simulatedUs: SimTime): void;
	/** By what simulated time follows real time from now on; null: the run is paused. */
	anchored?(anchor: ClockAnchor | null): void;
	/** A window is complete. */
	windowDone?(simulatedUs: SimTime): void;
	/**
	 * Ends the process of a host if there still is one, and starts another that will say hello; left out: that cannot
	 * be done here, and a host that is gone ends the run. Not called for external hosts.
	 */
	replaceHost?(host: string): void;
	/** Keeps a command where it outlives this process. @throws what keeps it from that */
	logCommand?(command: LoggedCommand): void;
	/** Keeps a checkpoint where it outlives this process. */
	keep?(checkpoint: Checkpoint, read: (name: string) => Promise<Uint8Array>): Promise<void>;
}

export interface CoordinatorLimits {
	/** Waiting is explained at 1, 3 and 6 times this. */
	readonly waitLimitMs: number;
	/** How often waiting hosts are asked whether they are still there. */
	readonly pollMs: number;
	readonly keeping: Keeping;
	/** What may be on its way to one host. Default: what sockets and servers hold without harm. */
	readonly aheadBytes?: number;
}

export const DEFAULT_LIMITS: CoordinatorLimits = {
	waitLimitMs: 5_000,
	pollMs: 1_000,
	keeping: 'auto',
};

/** A host that works may take as long as it needs: whoever watches it says when it does not. The most that a timer takes. */
export const NEVER_MS = 2 ** 31 - 1;

/** Explanations come at these multiples of the limit, then each after twice the time. */
export const NOTICE_MULTIPLES = [1, 3, 6] as const;
/** At this one a host that gives no sign is given up. */
export const LAST_MULTIPLE = 6;

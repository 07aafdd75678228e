import type * as z from 'zod';
import type { Actor, ActorEnv } from '../../kernel/actor/contract.ts';
import type { Prng } from '../../kernel/actor/random.ts';
import type { RunFacts as Facts } from '../../protocol/external-config.ts';

/** When and where a run takes place, as an actor of the user's is told: microseconds, degrees, metres. */
export type RunFacts = Readonly<z.infer<typeof Facts>>;

/** What an actor of the user's is made with: what ours are, and the run. */
export interface OwnEnv extends ActorEnv {
	readonly run: RunFacts;
	/**
	 * The random stream `seed/name/purpose`; with a state that `state()` of it returned, from there on. What an actor
	 * remembers of chance is that state.
	 */
	random(purpose: string, state?: readonly number[]): Prng;
}

/** The part of the Standard Schema interface (standardschema.dev) that is used: zod, valibot and arktype have it. */
export interface StandardSchema<Config> {
	readonly '~standard': {
		validate(value: unknown): StandardResult<Config> | Promise<StandardResult<Config>>;
	};
}

interface StandardResult<Config> {
	readonly value?: Config;
	readonly issues?:
		| readonly {
				readonly message: string;
				readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
		  }[]
		| undefined;
}

/** A store at the start of a run. */
export interface StoreStart {
	/** By which the states of charge of several stores are weighed, Wh. */
	readonly capacityWh: number;
	/** State of charge, 0 to 1. */
	readonly soc: number;
	/** Energy stored, Wh. */
	readonly chargeLevelWh: number;
	/** What it can take (charging +) on average over the first step, W. */
	readonly feasibleMinW: number;
	readonly feasibleMaxW: number;
}

/**
 * A kind of actor of the user's, which a module exports: the contract of our own kinds (`ActorKind`), but that its schema
 * may be one of any library, or a function that returns the configuration or throws.
 */
export interface OwnKind<Config = unknown> {
	/** What it is, in a word or two, for reports: `flywheel`. */
	readonly kind: string;
	readonly config: StandardSchema<Config> | ((value: unknown) => Config);
	create(config: Config, env: OwnEnv): Promise<Actor> | Actor;
	/** A store that takes part in dispatch says how it starts: its first row is due only after the first step. */
	store?(config: Config, run: RunFacts): StoreStart;
	/** Where its figures are from, for the table of sources; without: the user's. */
	readonly source?: string;
}

import type { ExternalConfig } from '../../protocol/external-config.ts';
import type { Origin } from '../../protocol/origin.ts';
import type { OwnModule } from '../../protocol/own-module.ts';
import type { OwnRole } from '../../protocol/ports.ts';
import type { Field } from '../../protocol/readings.ts';
import type { OwnConfig } from '../../services/own/config.ts';
import type { RunFacts, StoreStart } from '../../services/own/contract.ts';

/** An actor of the user's in a site. */
export interface OwnActor {
	readonly name: string;
	/** What it is, in its module's words, or as its process calls it. */
	readonly kind: string;
	/** Stands under `loads`: it is there to consume. */
	readonly isLoad: boolean;
	readonly role: OwnRole;
	/** null: it is no store. */
	readonly start: StoreStart | null;
	readonly origin: Origin;
	readonly runs: ModuleRuns | ExternalRuns;
}

/** A module of the user's, in a process of ours. */
interface ModuleRuns {
	readonly by: 'module';
	readonly module: OwnModule;
	readonly config: OwnConfig;
	/** The signals of the site that it reads. */
	readonly reads: readonly SignalPort[];
}

export type SignalPort = 'signal' | 'price';

/** An actor of the user's that a process elsewhere runs, in whatever language. */
export interface ExternalRuns {
	readonly by: 'process';
	readonly run: RunFacts;
	readonly config: ExternalConfig['config'];
	/** Names of its inputs to ports, `actor.port`, without the name of the site. */
	readonly reads: Readonly<Record<string, string>>;
	/** Numbers that it puts out beside, with their units. */
	readonly values: readonly Field[];
}

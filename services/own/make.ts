import type { Actor, ActorEnv, TimeActor } from '../../kernel/actor/contract.ts';
import { namedPrng } from '../../kernel/actor/random.ts';
import { ConfigError } from '../../protocol/errors.ts';
import type { OwnRole } from '../../protocol/ports.ts';
import type { OwnConfig } from './config.ts';
import type { OwnEnv, OwnKind, RunFacts, StandardSchema, StoreStart } from './contract.ts';
import { guarded } from './guard.ts';
import { type LoadedModule, reasonOf } from './load.ts';
import { actorProblem, roleOf } from './ports.ts';

/** An actor of the user's, made, and what the microgrid has to know of it. */
export interface OwnActor {
	readonly actor: TimeActor;
	readonly role: OwnRole;
	/** null: it is no store. */
	readonly start: StoreStart | null;
}

/**
 * Makes the actor of a module: reads its configuration and checks what it made.
 *
 * @throws ConfigError naming actor and module, what is wrong and what would do
 */
export async function makeOwnActor(
	{ kind }: Pick<LoadedModule, 'kind'>,
	{ module, config: given, run }: OwnConfig,
	env: ActorEnv,
): Promise<OwnActor> {
	const whose = { name: env.name, module };
	const fail = (what: string, cause?: unknown): never => {
		throw new ConfigError(`Cannot use "${module}" as "${env.name}": ${what}`, { cause });
	};
	const config = parsed(kind, given, (place, reason): never => {
		throw new ConfigError(`Cannot configure "${env.name}" (${module})${place}: ${reason}`);
	});
	const random: OwnEnv['random'] = (purpose, state) =>
		state === undefined ? env.random(purpose) : namedPrng('', state);
	let made: Actor;
	try {
		made = await kind.create(config, { ...env, run, random });
	} catch (error) {
		return fail(`create threw: ${reasonOf(error)}`, error);
	}
	const problem = actorProblem(made, run.stepUs);
	if (problem !== null) return fail(problem);
	const actor = guarded(made as TimeActor, whose);
	// What init says wrong is found before the run.
	actor.init();
	const role = roleOf(actor);
	return { actor, role, start: role === 'store' ? startOf(kind, config, { run, fail }) : null };
}

type Refuse = (place: string, reason: string) => never;

/** By the module's own schema, of whichever library, or by its function. */
function parsed({ config: schema }: OwnKind, given: unknown, refuse: Refuse): unknown {
	if (!('~standard' in schema)) {
		if (typeof schema !== 'function')
			return refuse(
				'',
				'its config is no schema; give one of zod, or a function that returns the configuration',
			);
		try {
			return schema(given);
		} catch (error) {
			return refuse('', reasonOf(error));
		}
	}
	const result = (schema as StandardSchema<unknown>)['~standard'].validate(given);
	if (result instanceof Promise)
		return refuse('', 'its schema answers later; give one that answers at once');
	const [issue] = result.issues ?? [];
	if (issue === undefined) return result.value;
	const path = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
	return refuse(path.length === 0 ? '' : ` at "${path.join('.')}"`, reasonOf(issue));
}

function startOf(
	kind: OwnKind,
	config: unknown,
	{ run, fail }: { run: RunFacts; fail: (what: string, cause?: unknown) => never },
): StoreStart {
	if (typeof kind.store !== 'function')
		return fail(
			'it is a store and does not say how it starts; give the kind a function store(config, run)',
		);
	let start: StoreStart;
	try {
		start = kind.store(config, run);
	} catch (error) {
		return fail(`store threw: ${reasonOf(error)}`, error);
	}
	for (const key of ['capacityWh', 'soc', 'chargeLevelWh', 'feasibleMinW', 'feasibleMaxW'] as const)
		if (!Number.isFinite(start?.[key]))
			fail(`store returned ${String(start?.[key])} as ${key}; give a finite number`);
	if (start.capacityWh <= 0)
		fail(`store returned a capacityWh of ${start.capacityWh}; give one above 0`);
	if (start.feasibleMinW > start.feasibleMaxW)
		fail(
			`store returned a range from ${start.feasibleMinW} to ${start.feasibleMaxW} W; give feasibleMinW <= feasibleMaxW`,
		);
	return start;
}

/** The reading before the first step, for the wire to the controller: as it starts, at power 0. */
export function startReading(start: StoreStart): number[] {
	return [start.soc, start.chargeLevelWh, start.feasibleMinW, start.feasibleMaxW, 0];
}

import * as assert from 'uvu/assert';
import { namedPrng } from '../kernel/actor/random.ts';
import type { Command } from '../protocol/commands.ts';
import type { LoggedCommand } from '../protocol/run-folder/commands.ts';
import type { SimTime } from '../protocol/time.ts';
import { readCommands } from '../run/launch/command-log.ts';
import type { Plan } from '../run/resolve/plan.ts';
import type { Steering } from '../services/coordinator/steering.ts';
import type { FaultyPlan } from './faulty-run.test-support.ts';

/** Commands of all types that are drawn by a seed, and told a run whenever something happens in it. For tests. */

/** So many on average for a hundred things that happen. */
const CHANCE = 0.12;
const MOST = 40;

/** A draw from 0 up to 1. */
type Draw = () => number;

/** Tells a run something now and then, and remembers what it took. */
export class Teller {
	/** All that the run took, each with a number of its own where it has one. */
	readonly taken: Command[] = [];
	readonly #draw: Draw;
	readonly #untilUs: SimTime;
	readonly #signals: readonly string[];
	/** A deficit ends no run: something is shed. */
	readonly #sheds: boolean;

	constructor(seed: number, { frame, roster }: Plan) {
		const draws = namedPrng(`${seed}/commands`);
		this.#draw = () => draws.uniform();
		this.#untilUs = frame.untilUs;
		this.#sheds = roster.every(
			({ kind, config }) =>
				kind !== 'controller' || (config as { readonly shedding: unknown }).shedding !== null,
		);
		// Those that follow a feed.
		this.#signals = roster
			.filter(({ config }) => JSON.stringify(config).includes('"followed"'))
			.map(({ name }) => name);
	}

	readonly heard: FaultyPlan['heard'] = (event, steering) => {
		if (event.event === 'ended' || this.taken.length >= MOST || this.#draw() > CHANCE) return;
		const command = this.#command(steering);
		if (command !== null && steering.command(command, 'user') === null) this.taken.push(command);
	};

	#command(steering: Steering): Command | null {
		const draw = this.#draw;
		const kind = Math.floor(draw() * 8);
		if (kind === 0) return { type: 'replicas', replicas: 1 + Math.floor(draw() * 3) };
		if (kind === 1) return this.#signal();
		return kind <= 4 ? this.#event() : this.#setting(steering);
	}

	#signal(): Command | null {
		const actor = this.#signals[Math.floor(this.#draw() * this.#signals.length)];
		if (actor === undefined) return null;
		const heard = this.#draw();
		const value = 1 + Math.floor(this.#draw() * 600);
		return {
			...{ type: 'signal', actor, quantity: 'carbon', unit: 'g/kWh', from: 'drawn' },
			...(heard < 0.2 ? { heard: 'failure' as const } : heard < 0.4 ? { heard: 'unchanged' } : {}),
			points: heard < 0.4 ? [] : [{ fromMs: 0, value, isForecast: false }],
			receivedAtMs: this.taken.length,
		};
	}

	#event(): Command {
		const draw = this.#draw;
		const about = {
			...{ type: 'grid-event' as const, id: `e${Math.floor(draw() * 3)}`, site: null },
			startUs: Math.floor(draw() * this.#untilUs),
			durationUs: 1 + Math.floor((draw() * this.#untilUs) / 3),
		};
		const watts = Math.floor(draw() * 2_000);
		const events: Command[] = [
			{ ...about, event: 'cancelled' },
			...(this.#sheds
				? [
						{ ...about, event: 'outage' as const },
						{ ...about, event: 'import-limit' as const, importLimitW: watts },
					]
				: []),
			{ ...about, event: 'demand-response', targetW: watts },
			{ ...about, event: 'price', usdPerKwh: draw() - 0.2 },
		];
		return events[Math.floor(draw() * events.length)] as Command;
	}

	/** One of what the actors say that can be set, to whatever they say it can be. */
	#setting(steering: Steering): Command | null {
		const draw = this.#draw;
		const controls = steering.controls();
		const control = controls[Math.floor(draw() * controls.length)];
		if (control === undefined) return null;
		const { actor, key, takes } = control;
		const about = { type: 'set', site: null, actor, key } as const;
		if (draw() < 0.2) return { ...about, value: null };
		if (takes.type === 'boolean') return { ...about, value: draw() < 0.5 };
		if (takes.type === 'choice')
			return { ...about, value: takes.of[Math.floor(draw() * takes.of.length)] as string };
		const least = Math.max(takes.min, -1_000);
		const most = Math.min(takes.max ?? 1_000, 1_000);
		return { ...about, value: least + draw() * (most - least) };
	}
}

/**
 * Fails unless what acted in a run stands in its log in the order of time, each as often as it was taken at most, and
 * nothing else.
 *
 * @param first what the run was told before it began
 * @returns how many of what was taken acted
 */
export function checkLog(
	folder: string,
	{ taken }: Teller,
	first: readonly LoggedCommand[] = [],
): number {
	const log = readCommands(folder);
	const times = log.map(({ fromUs }) => fromUs);
	assert.equal(
		times,
		[...times].sort((a, b) => a - b),
	);
	assert.equal(log.slice(0, first.length), first);
	const left = taken.map(textOf);
	for (const { command } of log.slice(first.length)) {
		const at = left.indexOf(textOf(command));
		assert.ok(at !== -1, `nobody took ${JSON.stringify(command)}, or it acted twice`);
		left.splice(at, 1);
	}
	return log.length - first.length;
}

/** The log says whom an event is for. */
function textOf(command: Command): string {
	const { actors: _, ...rest } = command as Command & { readonly actors?: unknown };
	return JSON.stringify(rest, Object.keys(rest).sort());
}

import { Command } from '../../protocol/commands.ts';
import { SimulationError } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import type { RunEvent } from '../../protocol/run-events.ts';
import type { LoggedCommand } from '../../protocol/run-folder/commands.ts';
import { issueText } from '../../protocol/run-folder/read-format.ts';
import type { SimTime } from '../../protocol/time.ts';
import type { ControlOf, Steering } from '../../services/coordinator/steering.ts';
import type { ControlledRun } from '../../services/gateway/runs-host.ts';

/** A run that goes on in this process or is led by it, for a program that steers it: a gateway, a notebook, a test. */
export interface RunHandle extends ControlledRun {
	controls(): readonly ControlOf[];
	/** The commands that have acted so far, in the order of time. */
	commands(): readonly LoggedCommand[];
	/** The simulated time that is due now; null where it goes as fast as possible, or is not under way. */
	dueUs(): SimTime | null;
}

/** A handle, and what whoever launches the run tells it. */
export interface HandledRun {
	readonly handle: RunHandle;
	/** It is led by this coordinator from now on; null: by none. */
	leadBy(steering: Steering | null): void;
	/** Tells whoever listens. */
	tell(event: RunEvent): void;
}

/** @param stop ends the run, whether it is under way or not yet */
export function makeRunHandle(
	{ id, folder }: Pick<RunHandle, 'id' | 'folder'>,
	stop: () => void,
): HandledRun {
	const listeners = new Set<(event: RunEvent) => void>();
	/** What was wanted while nobody leads the run; who leads it hands on what was wanted meanwhile. */
	let wanted: { isPaused?: boolean; pace?: number | null } = {};
	let steering: Steering | null = null;
	const now = (): Steering => {
		if (steering === null) throw new SimulationError(`Cannot reach the run "${id}": ${NOT_LED}`);
		return steering;
	};
	const handle: RunHandle = {
		...{ id, folder, stop },
		pause() {
			if (steering === null) wanted.isPaused = true;
			steering?.pause();
		},
		resume() {
			if (steering === null) wanted.isPaused = false;
			steering?.resume();
		},
		async step(count = 1) {
			await now().step(count);
		},
		setSpeed(factor) {
			if (steering === null) wanted.pace = factor;
			steering?.setSpeed(factor);
		},
		async command(command, by) {
			// A program may say anything, and what is logged acts wherever the run goes back to.
			const { data, error } = Command.safeParse(command, PLAINLY);
			if (data === undefined) return `it is no command: ${issueText(error.issues[0] as never)}`;
			return steering === null ? NOT_LED : steering.command(data, by);
		},
		controls: () => steering?.controls() ?? [],
		commands: () => steering?.acted() ?? [],
		state: async () => now().state(),
		dueUs: () => steering?.dueUs() ?? null,
		onEvent(listener) {
			listeners.add(listener);
			return () => void listeners.delete(listener);
		},
	};
	return {
		handle,
		leadBy(next) {
			steering = next;
			if (next === null) return;
			if (wanted.pace !== undefined) next.setSpeed(wanted.pace);
			if (wanted.isPaused === true) next.pause();
			if (wanted.isPaused === false) next.resume();
			wanted = {};
		},
		tell(event) {
			for (const listener of [...listeners]) listener(event);
		},
	};
}

const NOT_LED = 'it is not under way';

import { plainReason } from './plain-error.ts';
import { plainText } from './plain-text.ts';

/**
 * Errors are split by when they happen, because that is what their reader has to act on: before the run
 * the configuration must change (exit code 2), during the run the run is lost (exit code 1).
 * Messages say: Cannot <action> <quoted value>: <reason or current value>[; <what would do>], no period.
 */

/** Messages list what would do, but end somewhere. */
const MESSAGE_LENGTH_MAX = 4_000;

/**
 * What the errors below have in common: they quote values of files, flags and messages, and end in terminals, logs and
 * files, so their text is one line of visible characters from the beginning.
 */
class PlainError extends Error {
	constructor(message: string, options?: ErrorOptions) {
		super(plainText(message, MESSAGE_LENGTH_MAX), options);
	}
}

/** Something given by the user cannot be used: flags, scenario, data files. Thrown before the run. */
export class ConfigError extends PlainError {
	override readonly name = 'ConfigError';
}

/** The run cannot go on: an actor failed, died or fell silent. Names the actor and the simulated time. */
export class SimulationError extends PlainError {
	override readonly name = 'SimulationError';
	/** The actor or host at fault, or null when it is the run as a whole. */
	readonly actor: string | null;
	/** Simulated time up to which the actor at fault had got, in microseconds, or null if unknown. */
	readonly timeUs: number | null;

	constructor(
		message: string,
		where: { actor?: string; timeUs?: number } = {},
		options?: ErrorOptions,
	) {
		super(message, options);
		this.actor = where.actor ?? null;
		this.timeUs = where.timeUs ?? null;
	}
}

/**
 * Something beside the simulation went wrong while it ran: a message or a process was lost, a disk is full. Another try
 * may come through.
 */
export class LostError extends SimulationError {}

/** What was kept of a run is gone, or is not what was kept: an older checkpoint may do. */
export class CheckpointError extends LostError {}

/** A message that does not keep the protocol: wrong version, unknown field, wrong type. */
export class ProtocolError extends PlainError {
	override readonly name = 'ProtocolError';
}

/** The text of anything thrown, in words of people. */
export function messageOf(error: unknown): string {
	return error instanceof Error ? plainReason(error) : String(error);
}

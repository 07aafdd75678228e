import { deserialize, serialize } from 'node:v8';
import { messageOf, SimulationError } from '../../protocol/errors.ts';
import type { ActorMoment } from './moment.ts';

/**
 * Moments of actors as bytes and back, by the structured clone that states are made for: -0, NaN and arrays of numbers
 * come back as they were, which MessagePack does not promise. Only hosts of Gridbeat read them, and all are of one version.
 */
export function momentsToBytes(moments: readonly ActorMoment[]): Uint8Array {
	try {
		return serialize(moments);
	} catch (error) {
		const names = moments.map(({ name }) => name).join(', ');
		throw new SimulationError(`Cannot copy the state of ${names}: ${messageOf(error)}`);
	}
}

/** Moments that share nothing with the bytes: these may be read again. @throws SimulationError for bytes that are none */
export function momentsFromBytes(bytes: Uint8Array): ActorMoment[] {
	try {
		// Arrays of numbers would lie in the bytes themselves, and an actor changes them as it goes on.
		const moments: unknown = deserialize(new Uint8Array(bytes));
		if (Array.isArray(moments)) return moments as ActorMoment[];
	} catch {
		// Told below.
	}
	throw new SimulationError(
		`Cannot go on from ${bytes.length} bytes: they hold no moments of actors`,
	);
}

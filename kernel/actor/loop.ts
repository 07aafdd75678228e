import type { SimTime } from '../../protocol/time.ts';
import type { Breather } from '../bus/breather.ts';
import type { ActorGroup } from './actor-group.ts';
import type { ActorRuntime } from './actor-runtime.ts';

/** The actors reached the window's end, wait for others' readings, were put down for a rest, or may send no more for now. */
export type Pumped = 'done' | 'waits' | 'tired' | 'full';

/**
 * The loop of the kernel: lets every actor of a host go on towards the end of the window, each as far as its inputs are
 * known, upstream first, so that those outside loops work in spans as long as the window allows. After a rest, or when
 * readings have come, call it again.
 */
export function pump(group: ActorGroup, windowEndUs: SimTime): Pumped {
	try {
		return pumpAll(group, windowEndUs);
	} finally {
		// Others go on with what is known, whatever stopped us.
		group.outlet.flush();
	}
}

function pumpAll(group: ActorGroup, windowEndUs: SimTime): Pumped {
	const { components, breather, outlet } = group;
	for (let i = 0; i < components.length; i++) {
		const actors = components[i] as readonly ActorRuntime[];
		for (let moved = true; moved; ) {
			moved = false;
			for (let k = 0; k < actors.length; k++) {
				const actor = actors[k] as ActorRuntime;
				const untilUs = actor.inputsKnownUntilUs(windowEndUs);
				if (untilUs <= actor.progressUs) continue;
				// Who acts on news takes its time, and others elsewhere could act on them too.
				if (outlet.hasUnsent && actor.actsOnUnsent()) outlet.flush();
				advance(actor, untilUs, breather);
				actor.publish(outlet, windowEndUs);
				moved = true;
				// Asked after a step, never before one: after each rest somebody gets further.
				if (breather.isDue()) return 'tired';
				if (outlet.isFull) return 'full';
			}
		}
	}
	return group.isSettled(windowEndUs) ? 'done' : 'waits';
}

/** Takes every step of an actor that starts before `untilUs`, or until a rest is due, and promises what follows from them. */
function advance(actor: ActorRuntime, untilUs: SimTime, breather: Breather): void {
	try {
		let nextUs = actor.nextUs();
		while (nextUs < untilUs) {
			nextUs = actor.step(nextUs, untilUs);
			if (nextUs < untilUs && breather.isDue()) break;
		}
		actor.promise(nextUs);
		actor.progressUs = Math.min(nextUs, untilUs);
	} catch (error) {
		throw actor.located(error);
	}
}

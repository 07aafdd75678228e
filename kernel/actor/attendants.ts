import type { Actor, Attendant } from './contract.ts';

/** What runs beside the actors of a host, from its first window until it has no place in the run any more. */
export class Attendants {
	private begun: Promise<Attendant>[] | null = null;
	private isOver = false;

	/** Begins it, once. @param onFailure hears of an actor that nothing can run beside */
	begin(
		actors: ReadonlyMap<string, Actor>,
		onFailure: (actor: string, error: unknown) => void,
	): void {
		if (this.begun !== null || this.isOver) return;
		this.begun = [...actors].flatMap(([name, actor]) => {
			if (actor.attend === undefined) return [];
			const attendant = actor.attend();
			attendant.catch((error: unknown) => {
				if (!this.isOver) onFailure(name, error);
			});
			return [attendant];
		});
	}

	/** Ends it, also what has yet to begin. What does not end in order ends with the process. */
	end(): void {
		this.isOver = true;
		for (const attendant of this.begun ?? []) attendant.then((one) => one.end()).catch(() => {});
		this.begun = null;
	}
}

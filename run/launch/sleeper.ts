/** Resolves after so many milliseconds. */
export type Sleep = (ms: number) => Promise<void>;

/**
 * Sleep that ends when nobody needs it any more: limits must not keep the process of somebody else alive. Most end early and
 * wait unheard for their time, a thousand at once in a fast run, so each costs no more than its timer: listeners of a signal
 * would be looked through with each that comes.
 */
export function sleeper(): { readonly sleep: Sleep; release(): void } {
	const sleeping = new Map<NodeJS.Timeout, () => void>();
	let isReleased = false;
	return {
		sleep: (ms) =>
			new Promise((resolve) => {
				if (isReleased) {
					resolve();
					return;
				}
				const timer = setTimeout(() => {
					sleeping.delete(timer);
					resolve();
				}, ms);
				sleeping.set(timer, resolve);
			}),
		release() {
			isReleased = true;
			for (const [timer, resolve] of sleeping) {
				clearTimeout(timer);
				resolve();
			}
			sleeping.clear();
		},
	};
}

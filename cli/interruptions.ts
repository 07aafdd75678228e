/** A terminal that is closed (SIGHUP) interrupts like Ctrl-C (SIGINT), and like whoever shuts a machine down (SIGTERM). */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls `interrupt` each time somebody wants the command to end. Returns what stops that. */
export function onInterruptions(interrupt: () => void): () => void {
	for (const signal of SIGNALS) process.on(signal, interrupt);
	return () => {
		for (const signal of SIGNALS) process.off(signal, interrupt);
	};
}

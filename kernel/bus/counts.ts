/** Senders that are remembered: more than a run has processes that send on one subject. */
const SENDERS_MAX = 4_096;

/** The highest count of each sender: what is not above it came before. */
export class Counts {
	private readonly last = new Map<string, bigint>();

	/** True for a message that is new, and then remembered. */
	isNew({ sender, count }: { readonly sender: string; readonly count: bigint }): boolean {
		if (count <= (this.last.get(sender) ?? 0n)) return false;
		if (this.last.size >= SENDERS_MAX && !this.last.has(sender)) return false;
		this.last.set(sender, count);
		return true;
	}
}

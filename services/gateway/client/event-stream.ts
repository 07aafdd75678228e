/** One event of a stream of Server-Sent Events, as the HTML standard describes them. */
export interface StreamEvent {
	/** `message` where the stream names none. */
	readonly event: string;
	readonly data: string;
	/** Empty where the stream names none. */
	readonly id: string;
}

/**
 * Reads Server-Sent Events out of pieces of text that end anywhere. It stands here since a browser's own `EventSource`
 * cannot send a token.
 */
export class EventStreamReader {
	private rest = '';
	private event = '';
	private data: string[] = [];
	private id = '';

	/** Takes the next piece. @returns the events that it completes */
	take(piece: string): StreamEvent[] {
		const text = this.rest + piece;
		// A carriage return at the end may be half of a line's end.
		const lines = text.split(/\r\n|\n|\r(?!$)/);
		this.rest = lines.pop() ?? '';
		return lines.flatMap((line) => this.line(line));
	}

	private line(line: string): StreamEvent[] {
		if (line === '') return this.end();
		const colon = line.indexOf(':');
		const field = colon < 0 ? line : line.slice(0, colon);
		const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
		if (field === 'event') this.event = value;
		else if (field === 'data') this.data.push(value);
		else if (field === 'id') this.id = value;
		return [];
	}

	private end(): StreamEvent[] {
		const { event, data, id } = this;
		this.event = '';
		this.data = [];
		return data.length === 0 ? [] : [{ event: event || 'message', data: data.join('\n'), id }];
	}
}

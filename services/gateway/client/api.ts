import { EventStreamReader, type StreamEvent } from './event-stream.ts';

/** What the gateway refused, in its words. */
export class ApiError extends Error {
	readonly status: number;

	constructor(status: number, message: string) {
		super(message);
		this.status = status;
	}
}

interface Asked {
	readonly accept: string;
	readonly body?: string;
	readonly signal?: AbortSignal;
}

/** Asks the gateway that served the page. Where that wants a token, the browser has it in a cookie. */
export class Api {
	/** @throws ApiError */
	get<T>(path: string, signal?: AbortSignal): Promise<T> {
		return this.ask<T>('GET', path, signal === undefined ? {} : { signal });
	}

	/** @throws ApiError */
	send<T>(method: 'POST' | 'PUT', path: string, body: unknown = {}): Promise<T> {
		return this.ask<T>(method, path, { body: JSON.stringify(body) });
	}

	/**
	 * Hands on what a stream of events says until it ends.
	 *
	 * @throws ApiError, or what a lost connection throws
	 */
	async follow(
		path: string,
		take: (event: StreamEvent) => void,
		signal: AbortSignal,
	): Promise<void> {
		const answer = await this.fetch('GET', path, { accept: 'text/event-stream', signal });
		if (answer.body === null) return;
		const reader = new EventStreamReader();
		const pieces = answer.body.pipeThrough(new TextDecoderStream()).getReader();
		for (;;) {
			const { done, value } = await pieces.read();
			if (done) return;
			for (const event of reader.take(value)) take(event);
		}
	}

	private async ask<T>(method: string, path: string, asked: Omit<Asked, 'accept'>): Promise<T> {
		const answer = await this.fetch(method, path, { accept: 'application/json', ...asked });
		return (answer.status === 204 ? null : await answer.json()) as T;
	}

	private async fetch(method: string, path: string, asked: Asked): Promise<Response> {
		const { accept, body, signal } = asked;
		const type: Record<string, string> =
			body === undefined ? {} : { 'content-type': 'application/json' };
		const answer = await fetch(new URL(path, new URL('.', location.href)), {
			...{ method, headers: { accept, ...type }, credentials: 'same-origin', cache: 'no-store' },
			...(body === undefined ? {} : { body }),
			...(signal === undefined ? {} : { signal }),
		});
		if (!answer.ok) throw new ApiError(answer.status, await reasonOf(answer));
		return answer;
	}
}

/** The gateway's one line, or the status where it has none. */
async function reasonOf(answer: Response): Promise<string> {
	try {
		const { error } = JSON.parse(await answer.text()) as { error?: { message?: unknown } };
		if (typeof error?.message === 'string') return error.message;
	} catch {
		// Whoever stands before the gateway has answered.
	}
	return `The server answered ${answer.status} ${answer.statusText}`.trim();
}

import type { NatsEnv } from '../kernel/bus/nats-context.ts';
import { EXIT } from '../kernel/host/program.ts';
import {
	StudyInterrupted,
	type StudyOptions,
	type StudySession,
	withSession,
} from '../studies/session/study-session.ts';
import { onInterruptions } from './interruptions.ts';
import { printJson } from './json-output.ts';
import { errorOf } from './report-failure.ts';
import { say } from './say.ts';

/** What a study is given on its command line. */
export interface StudyFlags extends StudyOptions {
	/** Says how to reach NATS. */
	readonly env: NatsEnv;
}

/** Runs a study in a terminal, where Ctrl-C ends it in order. Returns the exit code that `work` returns, or that of an interruption. */
export async function inStudyTerminal(
	script: string,
	folder: string,
	flags: StudyFlags & { readonly prepare?: () => void },
	work: (session: StudySession) => Promise<number>,
): Promise<number> {
	const stop = new AbortController();
	const stopListening = onInterruptions(() => stop.abort());
	try {
		return await withSession(script, folder, { ...flags, signal: stop.signal, say }, work);
	} catch (error) {
		if (!(error instanceof StudyInterrupted)) throw error;
		if (flags.json === true) printJson('error', { error: errorOf(error, EXIT.interrupted) });
		say(error.message);
		return EXIT.interrupted;
	} finally {
		stopListening();
	}
}

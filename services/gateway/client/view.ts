import type { TemplateResult } from 'lit-html';
import type { Api } from './api.ts';
import type { Route } from './routes.ts';

/** What a view is made with. */
export interface Surroundings {
	readonly api: Api;
	/** Draws the page again, before the browser does. */
	readonly redraw: () => void;
	/** Says something in a line that is read out. */
	readonly say: (text: string) => void;
	readonly go: (route: Route) => void;
	/** A refusal in words; a wanted token is asked for. */
	readonly explain: (error: unknown) => string;
}

/** A page of the dashboard. */
export interface View {
	readonly title: string;
	template(): TemplateResult;
	/** After what `template` gave is in the page. */
	drawn?(): void;
	/** Colours or widths have changed. */
	restyled?(): void;
	/** @returns whether the key means something here */
	key?(key: string): boolean;
	close?(): void;
}

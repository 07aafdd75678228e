/** A figure of the run as people read it. */
export interface Line {
	readonly label: string;
	readonly value: string;
}

/** Figures that belong together. */
export interface Group {
	readonly title: string;
	readonly lines: readonly Line[];
}

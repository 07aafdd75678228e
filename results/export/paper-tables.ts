import type { Group } from '../report/figure-group.ts';

/** Groups of figures as a LaTeX table of the package booktabs, for `\input`. */
export function booktabs(groups: readonly Group[]): string {
	const parts = groups.map(({ title, lines }) => {
		const rows = lines.map(({ label, value }) => `${latex(label)} & ${latex(value)} \\\\`);
		return `\\multicolumn{2}{@{}l}{\\textit{${latex(title)}}} \\\\\n${rows.join('\n')}\n`;
	});
	return `% needs \\usepackage{booktabs}
\\begin{tabular}{@{}lr@{}}
\\toprule
${parts.join('\\addlinespace\n')}\\bottomrule
\\end{tabular}
`;
}

/** What letters with a meaning to LaTeX, and letters that old fonts of it have not, are written as. */
const LETTERS: Readonly<Record<string, string>> = {
	...{ '\\': '\\textbackslash{}', '~': '\\textasciitilde{}', '^': '\\textasciicircum{}' },
	...{ '−': '$-$', '–': '--', '—': '---', '·': '$\\cdot$', '±': '$\\pm$', '×': '$\\times$' },
	...{ '≤': '$\\le$', '≥': '$\\ge$', '→': '$\\to$', '²': '\\textsuperscript{2}', '…': '\\dots{}' },
	...{ µ: '$\\mu$', '°': '$^\\circ$', '’': "'", '‘': '`', '“': '``', '”': "''" },
	...{ '<': '\\textless{}', '>': '\\textgreater{}', '|': '\\textbar{}', '"': '\\textquotedbl{}' },
	...Object.fromEntries([...'₀₁₂₃₄₅₆₇₈₉'].map((low, digit) => [low, `\\textsubscript{${digit}}`])),
	...Object.fromEntries([...'&%$#_{}'].map((letter) => [letter, `\\${letter}`])),
};

/** Text as LaTeX has it. */
export function latex(text: string): string {
	return [...text].map((letter) => LETTERS[letter] ?? letter).join('');
}

import type uPlot from 'uplot';

/** Words beside the pointer: `text` at `left` and `top`, in pixels from the corner of the plotting area. */
export interface Tip {
	readonly left: number;
	readonly top: number;
	readonly text: string;
}

/** Shows a tip in a figure, or none. */
export function showTip({ over }: uPlot, tip: Tip | null): void {
	const box = over.querySelector<HTMLElement>('.tip') ?? document.createElement('div');
	box.className = 'tip';
	if (!box.isConnected) over.append(box);
	box.hidden = tip === null;
	if (tip === null) return;
	const { left, top, text } = tip;
	box.textContent = text;
	const isRight = left > over.clientWidth / 2;
	box.style.left = isRight ? 'auto' : `${left + 10}px`;
	box.style.right = isRight ? `${over.clientWidth - left + 10}px` : 'auto';
	box.style.top = `${Math.min(top, over.clientHeight - 60)}px`;
}

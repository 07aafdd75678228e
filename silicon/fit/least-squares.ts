/** Directions of less than this part of the strongest one are left alone, as LAPACK's driver does by default. */
const CUT = Number.EPSILON;
const MOST_SWEEPS = 60;

/**
 * The shortest weights with the least squared error of `columns` times weights against `target`, from the
 * singular values by Jacobi's rotations from one side (Golub and Van Loan, Matrix Computations, 8.6).
 */
export function leastSquares(
	columns: readonly Float64Array[],
	target: Float64Array,
): readonly number[] {
	const size = columns.length;
	const turned = columns.map((column) => column.slice());
	const rotation = columns.map((_, c) =>
		Float64Array.from({ length: size }, (__, r) => Number(r === c)),
	);
	diagonalise(turned, rotation);
	const squares = turned.map((column) => dot(column, column, 0));
	const cut = CUT ** 2 * Math.max(...squares);
	const weights = new Array<number>(size).fill(0);
	turned.forEach((column, k) => {
		const square = squares[k] as number;
		if (!(square > cut)) return;
		const along = dot(column, target, 0) / square;
		const direction = rotation[k] as Float64Array;
		for (let c = 0; c < size; c++)
			weights[c] = (weights[c] as number) + (direction[c] as number) * along;
	});
	return weights;
}

/** The upper triangle of the QR factorisation by Householder's reflections (5.2): the columns, turned. */
export function triangular(columns: readonly Float64Array[]): Float64Array[] {
	const turned = columns.map((column) => column.slice());
	const rows = Math.min(columns.length, turned[0]?.length ?? 0);
	for (let c = 0; c < rows; c++) reflect(turned, c);
	return turned.map((column) => column.slice(0, rows));
}

/** Clears a column below its diagonal by a reflection of all columns behind it. */
function reflect(columns: readonly Float64Array[], c: number): void {
	const column = columns[c] as Float64Array;
	const norm = Math.sqrt(dot(column, column, c));
	if (norm === 0) return;
	const pivot = column[c] as number;
	const length = pivot > 0 ? -norm : norm;
	const mirror = column.slice();
	mirror[c] = pivot - length;
	const scale = dot(mirror, mirror, c);
	for (const other of columns.slice(c + 1)) {
		const part = (2 * dot(mirror, other, c)) / scale;
		for (let r = c; r < other.length; r++)
			other[r] = (other[r] as number) - part * (mirror[r] as number);
	}
	column.fill(0, c + 1);
	column[c] = length;
}

/** Rotates pairs of columns until all are at right angles, and the columns of `rotation` with them. */
function diagonalise(matrix: readonly Float64Array[], rotation: readonly Float64Array[]): void {
	for (let sweep = 0; sweep < MOST_SWEEPS; sweep++) {
		let isDone = true;
		for (let p = 0; p < matrix.length - 1; p++)
			for (let q = p + 1; q < matrix.length; q++) {
				const a = matrix[p] as Float64Array;
				const b = matrix[q] as Float64Array;
				const aa = dot(a, a, 0);
				const bb = dot(b, b, 0);
				const ab = dot(a, b, 0);
				if (Math.abs(ab) <= CUT * Math.sqrt(aa) * Math.sqrt(bb)) continue;
				isDone = false;
				const half = (bb - aa) / (2 * ab);
				const tangent = (half < 0 ? -1 : 1) / (Math.abs(half) + Math.sqrt(1 + half * half));
				rotate(a, b, tangent);
				rotate(rotation[p] as Float64Array, rotation[q] as Float64Array, tangent);
			}
		if (isDone) return;
	}
}

function rotate(a: Float64Array, b: Float64Array, tangent: number): void {
	const cosine = 1 / Math.sqrt(1 + tangent * tangent);
	const sine = cosine * tangent;
	for (let i = 0; i < a.length; i++) {
		const x = a[i] as number;
		const y = b[i] as number;
		a[i] = cosine * x - sine * y;
		b[i] = sine * x + cosine * y;
	}
}

function dot(a: Float64Array, b: Float64Array, from: number): number {
	let sum = 0;
	for (let i = from; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
	return sum;
}

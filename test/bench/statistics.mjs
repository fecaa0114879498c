// Figures from samples. Every figure is given with its spread: machines are noisy, and a median alone hides it.

/** The value below which that share of the samples lies; the nearest rank, so it is one that was measured. */
export function quantile(samples, share) {
  const sorted = Float64Array.from(samples).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

/** Of an even number of samples, the mean of the middle two. */
export function median(samples) {
  const sorted = [...samples].sort((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1] + sorted[Math.floor(half)]) / 2;
}

export function spreadOf(samples) {
  return { median: median(samples), min: Math.min(...samples), max: Math.max(...samples) };
}

/** Round by round, so that what slowed one round down slowed down both. */
export function ratiosOf(samples, others) {
  return samples.map((sample, i) => sample / others[i]);
}

/** `0.97 (0.91 to 1.02)`. */
export function shownSpread({ median: middle, min, max }, digits = 2) {
  return `${middle.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

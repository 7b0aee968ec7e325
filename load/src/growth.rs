//! Growth of a process's resources by the number of its calls.

/// Returns the slope of a figure per call, by least squares over points of calls and figure; `None` if all points have the same number of calls.
#[must_use]
pub fn growth(points: &[(u64, u64)]) -> Option<f64> {
    let points: Vec<(f64, f64)> =
        points.iter().map(|(calls, figure)| (*calls as f64, *figure as f64)).collect();
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (calls, figure) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = points.iter().map(|point| (point.0 - calls).powi(2)).sum();
    let common: f64 = points.iter().map(|point| (point.0 - calls) * (point.1 - figure)).sum();
    (spread > 0.0).then(|| common / spread)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(memory: impl Fn(u64) -> u64) -> Vec<(u64, u64)> {
        (0..100).map(|at| (at * 7, memory(at))).collect()
    }

    #[test]
    fn memory_growing_with_calls_differs_from_steady_memory() {
        // 14 KiB in the time of 7 calls.
        let grows = growth(&points(|at| 50_000 + 14 * at)).unwrap();
        assert!((grows - 2.0).abs() < 0.000_01, "{grows}");
        let stays = growth(&points(|at| 50_000 + at % 2)).unwrap();
        assert!(stays.abs() < 0.005, "{stays}");
        assert_eq!(growth(&points(|_| 1)[..1]), None, "one point has no slope");
        assert_eq!(growth(&[]), None);
    }
}

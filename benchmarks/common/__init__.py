"""What benchmarks share: the machine they ran on, results, calibration."""

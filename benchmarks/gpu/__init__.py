"""What the GPU kernels do on this machine's GPU."""

"""What the GPU kernels do on the GPU that is here."""

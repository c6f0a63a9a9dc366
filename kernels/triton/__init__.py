"""What every Triton kernel needs: is Triton here, ahead-of-time builds, tuned configurations.

Importing this package does not import Triton: a machine without it computes on the CPU.
"""

"""What a calibration text says about a matrix's inputs: how large each is, and which are correlated."""

from __future__ import annotations

from functools import cached_property

import torch

from konspekt.kernels import KernelError

DAMPING = 0.01  # of the mean diagonal, added so that there is an inverse (the GPTQ paper's value)


class Hessian:
    """sums: float32 [in, in], the sum of x xᵀ over all inputs x. What is made of it is kept: matrices share it."""

    def __init__(self, sums: torch.Tensor) -> None:
        if not bool(torch.isfinite(sums).all()):
            raise KernelError("inputs with infinities or NaN: the calibration text breaks the model")
        self.sums = sums.float()

    @cached_property
    def dead(self) -> torch.Tensor:
        """bool [in]: inputs that were always zero."""
        return self.sums.diagonal() <= 0

    @cached_property
    def importance(self) -> torch.Tensor:
        """float32 [in]: how much an error in each column counts."""
        return self.sums.diagonal().clamp_min(0)

    @cached_property
    def relative(self) -> torch.Tensor:
        """float32 [in, in], with a mean diagonal of one."""
        return self.sums / self.importance.mean().clamp_min(1e-30)

    @cached_property
    def damped(self) -> torch.Tensor:
        """float64 [in, in], positive definite."""
        h = self.sums.double().clone()
        h.diagonal()[self.dead] = 1.0
        h.diagonal().add_(DAMPING * h.diagonal().mean())
        return h

    @cached_property
    def order(self) -> torch.Tensor:
        """Columns from the largest input to the smallest."""
        return torch.argsort(self.damped.diagonal(), descending=True, stable=True)

    @cached_property
    def spread(self) -> torch.Tensor:
        """float32 [in, in], upper: the Cholesky factor of the inverse, columns in `order`."""
        return inverse_factor(self.damped[self.order][:, self.order])


def inverse_factor(h: torch.Tensor) -> torch.Tensor:
    """float32 upper U with Uᵀ U = H⁻¹. Raises: KernelError where H has no inverse."""
    try:
        factor: torch.Tensor = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(h)), upper=True)
    except RuntimeError as singular:  # torch.linalg.LinAlgError
        raise KernelError(f"the inputs of the calibration text leave no inverse: {singular}") from None
    return factor.float()

"""How matrices are rounded: grids, scales, GPTQ, LDLQ, learned steps, rotation."""

"""The low-bit model as a GGUF file or a folder."""

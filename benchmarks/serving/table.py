"""The results of serving_vs_llamacpp.py as lines and as a table, and how a new run joins older ones."""

from __future__ import annotations

from typing import Any

OURS, THEIRS = "konspekt", "llama.cpp"
GOALS = {"prompt_512": 2.5, "prompt_2048": 2.5, "decode": 1.5, "readers_4": 2.5}
HEAD = "| model | what | Konspekt | llama.cpp | ratio | goal | repeats, load |\n|---|---|---|---|---|---|---|"


def line(section: str, result: dict[str, Any]) -> str:
    """What a section said, for whoever watches the run."""
    if section == "rag":
        m = result["medians"]
        return (
            f"first token cold {m[OURS]['cold']:.2f} s (llama.cpp {m[THEIRS]['cold']:.2f}), "
            f"warm {m[OURS]['warm']:.3f} s (llama.cpp {m[THEIRS]['warm']:.3f}): {result['warm_speedup']:.1f}x; "
            f"lookup decodes {result['lookup_speedup']:.2f}x"
        )
    rates, share = result["tokens_per_second"], result["shares"]
    goal = f", goal {GOALS[section]}x" if section in GOALS else ""
    shown = f", {100 * share[OURS]:.0f} % of the machine" if share else ""
    return f"{rates[OURS]:.0f} tok/s, llama.cpp {rates[THEIRS]:.0f}: {_ratio(result)}x{goal}{shown}"


def _ratio(result: dict[str, Any]) -> str:
    processor = result.get("processor_ratio")
    return f"{result['ratio']:.2f}" + (f" ({processor:.2f} by processor time)" if processor else "")


def table(results: dict[str, Any]) -> str:
    """Markdown. In brackets the share of what the machine could do in the same run: operations, or bytes for decode."""
    rows = [HEAD]
    for name, model in results["models"].items():
        for section, result in model["sections"].items():
            taken = f"{result['repeats']}, {result['load']:.1f}"
            cells = _rag(result) if section == "rag" else [_plain(section, result)]
            rows += [f"| {name} | {cell} | {taken} |" for cell in cells]
        peak = _peak(model)
        mib = {kind: size >> 20 for kind, size in peak.items()}
        ratio = peak[OURS] / peak[THEIRS]
        rows.append(f"| {name} | peak memory | {mib[OURS]} MiB | {mib[THEIRS]} MiB | {ratio:.2f} | ≤ 1.25 | |")
    return "\n".join([*rows, *_machines(results)]) + "\n"


def _machines(results: dict[str, Any]) -> list[str]:
    """Which processors the rows are of, where that was noted."""
    sections = [section for model in results["models"].values() for section in model["sections"].values()]
    noted = {f"{s['hardware']['cpu']}, threads: {s['threads']}" for s in sections if "hardware" in s}
    return ["", f"Measured on: {'; '.join(sorted(noted))}."] if noted else []


def _plain(section: str, result: dict[str, Any]) -> str:
    rates, share = result["tokens_per_second"], result["shares"]
    ours, theirs = (
        f"{rates[name]:.0f} tok/s" + (f" ({100 * share[name]:.0f} %)" if share else "") for name in (OURS, THEIRS)
    )
    return f"{section} | {ours} | {theirs} | {_ratio(result)} | {GOALS.get(section, '')}"


def _rag(result: dict[str, Any]) -> list[str]:
    m, ratio = result["medians"], result["ratio"]
    first = [
        f"RAG first token, {key} | {m[OURS][key]:.3f} s | {m[THEIRS][key]:.3f} s | {ratio[key]:.2f} |"
        for key in ("cold", "warm")
    ]
    return [
        *first,
        f"RAG warm against our cold | | | {result['warm_speedup']:.1f} | 8",
        f"RAG decode with lookup against without | | | {result['lookup_speedup']:.2f} | 2",
    ]


def _peak(model: dict[str, Any]) -> dict[str, int]:
    """The most that each engine's process ever held, over the sections."""
    return {
        name: max(section["peak_memory"][name] for section in model["sections"].values()) for name in (OURS, THEIRS)
    }


def merge(old: dict[str, Any], name: str, section: str, result: dict[str, Any]) -> dict[str, Any]:
    """`old` with one section of one model replaced."""
    models = old.get("models", {})
    sections = models.get(name, {}).get("sections", {}) | {section: result}
    return old | {"models": models | {name: {"sections": sections}}}
